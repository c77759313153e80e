//! Whether an encoder really works: some pictures are made up, and encoded.
//!
//! What must always hold: it ends, whatever the driver does; nothing of it is left in the driver afterwards.

use std::path::Path;
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::{
    Codec, Device, Encoder, EncoderConfig, Error, FourCc, HEAP_PAYS, Input, Kind, Micros, PixelLayout,
    Refusal, Size,
};

/// Small enough for every encoder, with rows of a length that all of them take.
const SIZE: Size = Size { width: 640, height: 480 };
/// Input formats, the usual ones first.
const FORMATS: [FourCc; 4] = [FourCc::YUV420, FourCc::NV12, FourCc::YUYV, FourCc::RGB24];
/// An encoder that takes longer for a picture hangs.
const PATIENCE: Duration = Duration::from_secs(2);

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trial {
    /// What the pictures were.
    pub format: FourCc,
    /// Pictures that came out.
    pub pictures: u32,
    /// Of these, key frames.
    pub keys: u32,
    /// Bytes of them all.
    pub bytes: usize,
    /// From a picture's going in to its coming out, the longest.
    pub longest: Duration,
}

/// Encodes `count` pictures of 640x480 as H.264, with an encoder of its own.
///
/// # Errors
/// Of the driver; [`Kind::Corrupt`] when no answer comes.
pub fn try_h264_encoder(path: &Path, count: u32) -> Result<Trial, Error> {
    let device = Device::open(path)?;
    let taken = device.input_formats();
    let format = FORMATS.into_iter().find(|format| taken.iter().any(|one| one.format == *format));
    let format = format.ok_or_else(|| device.unsupported(TRYING, "it takes none of the usual formats"))?;
    drop(device);
    let layout = PixelLayout::packed(format, SIZE);
    let codec = Codec::H264 { bitrate_kbps: 1000, gop: 30, boost: false, fps: Some(30.0) };
    let config = EncoderConfig { layout, input: Input::Copy, buffers: 3, codec, heap: HEAP_PAYS };
    let mut encoder = Encoder::open(path, &config)?;

    let mut picture = vec![0u8; layout.sizeimage as usize];
    let mut trial = Trial { format, pictures: 0, keys: 0, bytes: 0, longest: Duration::ZERO };
    let (mut given, mut last) = (0, Micros::now());
    while trial.pictures < count {
        // It may want some more before it gives the first one.
        while given < count {
            stripes(&mut picture, given);
            match encoder.submit_copy(&picture, Micros::now()) {
                Ok(()) => given += 1,
                Err(Refusal::Full) => break,
                Err(Refusal::Failed(error)) => return Err(error),
                Err(other) => return Err(failed(path, &other.to_string())),
            }
        }
        while let Some(piece) = encoder.next()? {
            last = Micros::now();
            trial.pictures += 1;
            trial.keys += u32::from(piece.key);
            trial.bytes += piece.data().len();
            trial.longest = trial.longest.max(last.since(piece.begin));
        }
        let left = PATIENCE.saturating_sub(Micros::now().since(last));
        if left.is_zero() && trial.pictures < count {
            let Trial { pictures, .. } = trial;
            let seconds = PATIENCE.as_secs();
            return Err(failed(
                path,
                &format!("of {count} pictures it gave {pictures}, and then none for {seconds} s"),
            ));
        }
        let slice = PollTimeout::from(left.as_millis().clamp(1, 50) as u16);
        let _ = poll(&mut [PollFd::new(encoder.fd(), PollFlags::POLLIN)], slice);
    }
    Ok(trial)
}

/// Stripes that move, so that there is something to encode.
fn stripes(picture: &mut [u8], n: u32) {
    for (at, byte) in picture.iter_mut().enumerate() {
        *byte = ((at / 16 + n as usize * 3) * 8) as u8;
    }
}

fn failed(path: &Path, words: &str) -> Error {
    Error::words(&path.to_string_lossy().into(), TRYING, Kind::Corrupt, words)
}

const TRYING: &str = "trying the encoder";
