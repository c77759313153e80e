// Types of the client for those who embed it. What the members mean, docs/embed.md says at more length.

/** The ways to the picture, the better ones first. */
export type Way = 'webrtc' | 'whep' | 'websocket' | 'mjpeg';
export const WAYS: Way[];

export interface Options {
  /** Where the picture goes when it comes by WebRTC. */
  video: HTMLVideoElement;
  /** Where it goes when it does not; `hidden` while it does. Default: WebRTC or nothing. */
  canvas?: HTMLCanvasElement | null;
  /** Which ways may be taken. Default: all. */
  ways?: Way[];
  /** The streamer's address. Default: where the page came from. */
  server?: string | URL;
  /** Janus's WebSocket address. Default: what the streamer says, else port 8188 of its host. */
  janus?: string | null;
  /** What Janus wants to see, where it wants it. */
  auth?: { token?: string; apisecret?: string };
  /** STUN and TURN. Default: none, which is right on a local network. */
  iceServers?: RTCIceServer[];
}

export type StateName =
  | 'playing' | 'connecting' | 'touch' | 'no-signal' | 'no-streamer' | 'no-janus' | 'no-plugin' | 'no-video' | 'no-sink' | 'no-media'
  | 'refused' | 'frozen' | 'locked' | 'no-whep' | 'no-h264' | 'no-webrtc';

/** How things stand, in words. */
export interface State {
  name: StateName;
  /** It is being worked on, or will pass by itself. */
  waiting: boolean;
  title: string;
  text: string;
  /** Something to do or to type. */
  remedy?: string;
}

/** Figures of this moment; counters begin with the connection. */
export interface Stats {
  width: number;
  height: number;
  fps: number;
  /** From capture to decoded, ms, median of the newest frames; null while it cannot be known. */
  delay: number | null;
  framesDecoded: number;
  framesDropped: number;
  keyFrames: number;
  packets: number;
  packetsLost: number;
  bytes: number;
  freezes: number;
  decoder: string;
  way: Way | null;
  /** What narrow ways to viewers leave of the stream's bitrate, kbit/s; null: all of it. */
  limited: number | null;
}

/** What Janus's plugin has beside the picture: its device is there. */
export interface Features {
  audio: boolean;
  mic: boolean;
}

/** When an attempt got where, ms of `performance.now()`, as far as it came. */
export interface Join {
  watch?: number;
  offer?: number;
  connected?: number;
  firstFrame?: number;
}

/** A shown frame: as of `requestVideoFrameCallback`, or, on the canvas, with its capture time on the streamer's clock, ms. */
export type Frame = VideoFrameCallbackMetadata | { presentationTime: number; width: number; height: number; captured: number | null };

/**
 * Events: `state`, after each change of it; `figures`, about twice a second while there is a connection; `features`, after each change of them; `mic`,
 * after each change of `mic` or `micTrouble`.
 */
export class UstreamerClient extends EventTarget {
  constructor(options: Options);
  /** Starts, and goes on until `stop`. */
  start(): void;
  /** Ends everything; the last picture stays. */
  stop(): void;
  /** Plays when the browser wanted a touch first (state `touch`): call it from a click. */
  play(): Promise<void>;
  readonly state: State;
  /** Which ways may be taken: at once, whatever is going on. */
  get ways(): Way[];
  set ways(ways: readonly Way[]);
  /** The way by which the picture comes now. */
  get way(): Way | null;
  /** Whether sound is wanted, beside a picture by WebRTC: set it from a click, or the browser may not play it. */
  get sound(): boolean;
  set sound(wanted: boolean);
  /**
   * Whether the viewer's microphone is open and goes through Janus. `true` asks the browser for it, and stays false until it gives it; false gives it
   * back. Only where `features.mic`. Set it from a click.
   */
  get mic(): boolean;
  set mic(wanted: boolean);
  /** Why there is no microphone though it was wanted, in words; empty: there is one, or it was not wanted. */
  get micTrouble(): string;
  /** What Janus's plugin has beside the picture; null while that is not known. */
  get features(): Features | null;
  stats(): Promise<Stats | null>;
  /** Yours to set: called for each new frame. */
  onframe: null | ((now: number, frame: Frame, shown: HTMLVideoElement | HTMLCanvasElement) => void);
  /** A frame's age when it was ready to be shown, ms; null when that cannot be known. */
  delayOf(frame: Frame): number | null;
  /** By how much delays can be wrong, ms; null while they cannot be known. */
  get delayUncertainty(): number | null;
  readonly join: Join;
  /** `result` of the streamer's last `/state`. */
  get streamerState(): Record<string, any> | null;
  /** Behind the appliance's door: where a POST signs out. */
  get signOut(): string | null;
  /** Behind the appliance's door: where the page of the device is. */
  get device(): string | null;
}
