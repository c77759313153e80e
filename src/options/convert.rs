//! From what was typed to what it means.

use memsink::{Kind, SinkName, WriterOptions};
use std::path::Path;

use v4l2m2m::{Edid, Size};

use super::values::JpegEncoder;
use super::{Device, OptionError, Options};
use crate::config::{
    Bounded, Coding, Config, DeviceConfig, Fps, H264Config, JpegConfig, KernelJpeg, SourceConfig, TestConfig,
};
use crate::source::jpeg;

const DEVICE_SIZE: Size = Size { width: 640, height: 480 };

/// A file's EDID.
fn edid(path: &Path) -> Result<Edid, OptionError> {
    let refuse = |why: String| OptionError(format!("--edid {}: {why}", path.display()));
    let content = std::fs::read(path).map_err(|why| refuse(why.to_string()))?;
    Edid::parse(&content).map_err(|why| refuse(why.to_string()))
}

/// The name of a sink of this kind.
fn sink(option: &str, kind: Kind, name: &SinkName) -> Result<SinkName, OptionError> {
    if name.kind() == kind {
        return Ok(name.clone());
    }
    let (what, suffix) = match kind {
        Kind::Jpeg => ("a JPEG", "jpeg"),
        Kind::H264 => ("an H.264", "h264"),
        Kind::Raw => ("a raw", "raw"),
    };
    Err(OptionError(format!(
        "{option}: {name} is not the name of {what} sink; it must end in {suffix}, as in demo::ustreamer::{suffix}"
    )))
}

impl Options {
    /// The configuration that these options describe.
    pub fn into_config(self) -> Result<Config, OptionError> {
        let (h264, jpeg) = (self.h264()?, self.jpeg()?);
        Ok(Config {
            source: self.source(h264.is_some() || jpeg.kernel.is_some())?,
            h264,
            raw: self.raw()?,
            desired_fps: Fps::new(self.capture.desired_fps),
            slowdown: self.capture.slowdown,
            process: self.process_config()?,
            jpeg,
            whep: self.whep.config()?,
            http: self.http.config()?,
        })
    }

    /// Where pictures come from; whether the kernel's encoders may want them is told.
    fn source(&self, imported: bool) -> Result<SourceConfig, OptionError> {
        let capture = &self.capture;
        match &capture.device {
            Device::Path(path) => Ok(SourceConfig::Device(DeviceConfig {
                path: path.clone(),
                input: capture.input,
                standard: capture.tv_standard.and_then(|standard| standard.0),
                image: self.image.clone(),
                size: capture.resolution.unwrap_or(DEVICE_SIZE),
                format: capture.format,
                swap_rgb: capture.format_swap_rgb,
                dv_timings: capture.dv_timings,
                edid: capture.edid.as_deref().map(edid).transpose()?,
                persistent: capture.persistent,
                jpeg: jpeg::Rules {
                    shortest: capture.min_frame_size as usize,
                    allow_truncated: capture.allow_truncated_frames,
                },
                coding: Coding { bitrate: self.h264.h264_bitrate, gop: self.h264.h264_gop },
                buffers: capture.buffers.unwrap_or_default(),
                imported,
                timeout: capture.device_timeout,
                error_delay: capture.device_error_delay,
                exit_on_error: self.process.exit_on_device_error,
            })),
            Device::Test { size, fps } => {
                let usual = TestConfig::default();
                let size = match (size, capture.resolution) {
                    (Some(own), Some(other)) if *own != other => {
                        return Err(OptionError(format!(
                            "--resolution {}x{}: the test picture is asked for with {}x{}; give one size only",
                            other.width, other.height, own.width, own.height
                        )));
                    }
                    (own, other) => own.or(other).unwrap_or(usual.size),
                };
                if size.width % 2 != 0 || size.height % 2 != 0 {
                    return Err(OptionError(format!(
                        "--device: a test picture of {}x{} cannot be encoded; both numbers must be even",
                        size.width, size.height
                    )));
                }
                Ok(SourceConfig::Test(TestConfig { size, fps: fps.unwrap_or(usual.fps) }))
            }
        }
    }

    fn jpeg(&self) -> Result<JpegConfig, OptionError> {
        let jpeg = &self.jpeg;
        let name = jpeg.jpeg_sink.as_ref();
        let sink = name.map(|name| sink("--jpeg-sink", Kind::Jpeg, name)).transpose()?;
        Ok(JpegConfig {
            quality: jpeg.quality,
            kernel: match jpeg.encoder {
                JpegEncoder::Cpu => None,
                JpegEncoder::Kernel(kind) => Some(KernelJpeg { kind, device: jpeg.m2m_device.clone() }),
            },
            workers: jpeg.workers.unwrap_or_default(),
            drop_same_frames: jpeg.drop_same_frames,
            sink: sink.map(|name| WriterOptions {
                name,
                mode: jpeg.jpeg_sink_mode,
                remove_on_drop: jpeg.jpeg_sink_rm,
                client_ttl: jpeg.jpeg_sink_client_ttl,
                abi: jpeg.jpeg_sink_abi,
            }),
        })
    }

    fn raw(&self) -> Result<Option<WriterOptions>, OptionError> {
        let raw = &self.raw;
        let Some(name) = &raw.raw_sink else { return Ok(None) };
        Ok(Some(WriterOptions {
            name: sink("--raw-sink", Kind::Raw, name)?,
            mode: raw.raw_sink_mode,
            remove_on_drop: raw.raw_sink_rm,
            client_ttl: raw.raw_sink_client_ttl,
            abi: raw.raw_sink_abi,
        }))
    }

    fn h264(&self) -> Result<Option<H264Config>, OptionError> {
        let h264 = &self.h264;
        let name = h264.h264_sink.as_ref().map(|name| sink("--h264-sink", Kind::H264, name)).transpose()?;
        if name.is_none() && !self.whep.wanted() {
            return Ok(None);
        }
        Ok(Some(H264Config {
            sink: name.map(|name| WriterOptions {
                name,
                mode: h264.h264_sink_mode,
                remove_on_drop: h264.h264_sink_rm,
                client_ttl: h264.h264_sink_client_ttl,
                abi: h264.h264_sink_abi,
            }),
            bitrate: h264.h264_bitrate,
            gop: h264.h264_gop,
            boost: h264.h264_boost,
            device: h264.h264_m2m_device.clone(),
        }))
    }
}
