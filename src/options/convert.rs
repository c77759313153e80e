//! From what was typed to what it means.

use memsink::{Kind, WriterOptions};
use std::path::Path;

use v4l2m2m::{Edid, Size};

use super::{Device, OptionError, Options};
use crate::config::{
    Bounded, Coding, Config, DeviceConfig, Fps, H264Config, HttpConfig, SourceConfig, TestConfig,
};
use crate::source::jpeg;

const DEVICE_SIZE: Size = Size { width: 640, height: 480 };

/// A file's EDID.
fn edid(path: &Path) -> Result<Edid, OptionError> {
    let refuse = |why: String| OptionError(format!("--edid {}: {why}", path.display()));
    let content = std::fs::read(path).map_err(|why| refuse(why.to_string()))?;
    Edid::parse(&content).map_err(|why| refuse(why.to_string()))
}

impl Options {
    /// The configuration that these options describe.
    pub fn into_config(self) -> Result<Config, OptionError> {
        Ok(Config {
            source: self.source()?,
            h264: self.h264()?,
            desired_fps: Fps::new(self.capture.desired_fps),
            exit_on_parent_death: self.process.exit_on_parent_death,
            http: HttpConfig {
                host: self.http.host,
                port: self.http.port,
                allow_origin: self.http.allow_origin,
                instance_id: self.http.instance_id,
                timeout: self.http.server_timeout,
                janus_url: self.http.janus_url,
                quality: self.capture.quality,
            },
        })
    }

    fn source(&self) -> Result<SourceConfig, OptionError> {
        let capture = &self.capture;
        match &capture.device {
            Device::Path(path) => Ok(SourceConfig::Device(DeviceConfig {
                path: path.clone(),
                input: capture.input,
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
                timeout: capture.device_timeout,
                error_delay: capture.device_error_delay,
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

    fn h264(&self) -> Result<Option<H264Config>, OptionError> {
        let h264 = &self.h264;
        let Some(name) = &h264.h264_sink else { return Ok(None) };
        if name.kind() != Kind::H264 {
            return Err(OptionError(format!(
                "--h264-sink: {name} is not the name of an H.264 sink; it must end in h264, as in demo::ustreamer::h264"
            )));
        }
        Ok(Some(H264Config {
            sink: WriterOptions {
                name: name.clone(),
                mode: h264.h264_sink_mode,
                remove_on_drop: h264.h264_sink_rm,
                client_ttl: h264.h264_sink_client_ttl,
                abi: h264.h264_sink_abi,
            },
            bitrate: h264.h264_bitrate,
            gop: h264.h264_gop,
            boost: h264.h264_boost,
            device: h264.h264_m2m_device.clone(),
        }))
    }
}
