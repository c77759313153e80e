// The receiving end of one picture: the peer connection, from the offer to its figures. The one thing that it sends is a microphone, where it is given one.

/** The browser's WebRTC refused the offered H.264. */
export class NoH264 extends Error {
  name = 'NoH264';
}

/** Can this browser receive H.264 by WebRTC? It may learn to: Firefox gets its decoder by download. */
export function takesH264() {
  const codecs = globalThis.RTCRtpReceiver?.getCapabilities?.('video')?.codecs ?? [];
  return codecs.some(({ mimeType }) => mimeType.toLowerCase() === 'video/h264');
}

/** Did the side that made this SDP answer turn the video down (RFC 3264 §6: port zero, or `inactive`)? */
export function rejectsVideo(sdp) {
  return sdp.split(/^(?=m=)/m).some((media) => /^m=video /.test(media)
    && (/^m=video 0 /.test(media) || /^a=inactive\s*$/m.test(media)));
}

/**
 * An offer that leaves the choice who begins the DTLS handshake (RFC 5763 §5: `actpass`), with the choice made: its sender does.
 * A browser's ICE is ready first. Were it to begin, Janus would drop its first packets, and it would wait 50 ms to send them again.
 */
export function letSenderBegin(sdp) {
  return sdp.replace(/^a=setup:actpass$/gm, 'a=setup:active');
}

/**
 * An answer that wants both channels of the sound. (Opus is decoded to one where an answer does not say `stereo`, RFC 7587 §6.1, and browsers' own
 * do not.)
 */
export function wantStereo(sdp) {
  const opus = /^a=rtpmap:(\d+) opus\//im.exec(sdp)?.[1];
  return opus ? sdp.replace(new RegExp(`^(a=fmtp:${opus} )(?!.*\\bstereo=)`, 'm'), '$1stereo=1;') : sdp;
}

/** Of the browser's statistics, what the client tells: see `UstreamerClient.stats`. */
export function figuresOf(report, video) {
  return {
    width: video.videoWidth,
    height: video.videoHeight,
    fps: report.framesPerSecond ?? 0,
    framesDecoded: report.framesDecoded ?? 0,
    framesDropped: report.framesDropped ?? 0,
    keyFrames: report.keyFramesDecoded ?? 0,
    packets: report.packetsReceived ?? 0,
    packetsLost: report.packetsLost ?? 0,
    bytes: report.bytesReceived ?? 0,
    freezes: report.freezeCount ?? 0,
    decoder: report.decoderImplementation ?? '',
  };
}

/** The middle one of some figures. */
export function median(figures) {
  return [...figures].sort((a, b) => a - b)[figures.length >> 1];
}

/** One peer connection. */
export class Receiver {
  #peer;
  #microphone;
  #stream = new MediaStream();

  /**
   * @param {object} o
   * @param {RTCIceServer[]} o.iceServers
   * @param {MediaStreamTrack|null} [o.microphone] sent where the offer takes sound
   * @param {(stream: MediaStream) => void} o.ontrack the video track has come; one with sound may be there too, or come right after it
   * @param {(candidate: RTCIceCandidate|null) => void} o.oncandidate to be told to the other side
   * @param {(state: RTCPeerConnectionState) => void} o.onstate
   */
  constructor({ iceServers, microphone = null, ontrack, oncandidate, onstate }) {
    this.#microphone = microphone;
    this.#peer = new RTCPeerConnection({ iceServers });
    this.#peer.ontrack = ({ track, receiver }) => {
      // Show each frame as soon as it is decoded. Where the sender's playout-delay is known this changes nothing.
      if ('jitterBufferTarget' in receiver) receiver.jitterBufferTarget = 0;
      this.#stream.addTrack(track);
      if (track.kind === 'video') ontrack(this.#stream);
    };
    this.#peer.onicecandidate = ({ candidate }) => oncandidate(candidate);
    this.#peer.onconnectionstatechange = () => onstate(this.#peer.connectionState);
  }

  /**
   * Takes the offer and hands the answer to `tell`, which sends it.
   * @param {RTCSessionDescriptionInit} offer
   * @param {(answer: RTCSessionDescriptionInit) => void} tell
   * @throws {NoH264}
   */
  async answer({ type, sdp }, tell) {
    await this.#peer.setRemoteDescription({ type, sdp: letSenderBegin(sdp) });
    if (this.#microphone) await this.#speak();
    const created = await this.#peer.createAnswer();
    const answer = { type: created.type, sdp: wantStereo(created.sdp) };
    if (rejectsVideo(answer.sdp)) throw new NoH264('the answer to the offered H.264 video is no');
    // Told before this browser acts on it: so the other side knows it when the first connectivity check arrives.
    tell(answer);
    await this.#peer.setLocalDescription(answer);
  }

  /** Sends the microphone, too, if the offer takes it: an answer's direction goes no further than the offer's (RFC 3264 §6.1). */
  async #speak() {
    const sound = this.#peer.getTransceivers().find(({ receiver }) => receiver.track.kind === 'audio');
    if (!sound) return;
    sound.direction = 'sendrecv';
    await sound.sender.replaceTrack(this.#microphone);
  }

  /**
   * Offers to receive video.
   * @param {(sdp: string) => Promise<string>} exchange sends the offer and brings the answer
   * @throws {NoH264}
   */
  async offer(exchange) {
    this.#peer.addTransceiver('video', { direction: 'recvonly' });
    const offer = await this.#peer.createOffer();
    await this.#peer.setLocalDescription(offer);
    const sdp = await exchange(offer.sdp);
    if (rejectsVideo(sdp)) throw new NoH264('the answer to the offer to receive H.264 is no');
    await this.#peer.setRemoteDescription({ type: 'answer', sdp });
  }

  /** Takes a candidate of the other side's, as Janus tells them. One that this browser cannot use is one way less, no fault. */
  candidate(candidate) {
    if (candidate && !candidate.completed) this.#peer.addIceCandidate(candidate).catch(() => {});
  }

  /** The browser's statistics of the incoming video (W3C webrtc-stats, `inbound-rtp`); null before there are any. */
  async figures() {
    for (const report of (await this.#peer.getStats()).values()) {
      if (report.type === 'inbound-rtp' && report.kind === 'video') return report;
    }
    return null;
  }

  close() {
    this.#peer.close();
  }
}
