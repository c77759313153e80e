//! From an opened node to an encoder that is streaming: controls, formats, rate, buffers, in the order the Raspberry Pi's
//! firmware is known to like.

use super::bitstream::Bitstream;
use super::{EncoderConfig, Input, MAX_IN_FLIGHT};
use crate::control::Note;
use crate::memory::Mapping;
use crate::queue::{self, Buffers, SETTING_FORMAT};
use crate::sys::buffer::{Buffer, Memory};
use crate::sys::lp64::*;
use crate::sys::{Queue, format};
use crate::{Device, Error, FourCc, Kind, PixelLayout};

/// A streaming encoder's parts.
pub(super) struct Parts {
    pub(super) input: Buffers,
    /// Where pictures are copied to; none when they are imported.
    pub(super) copies: Vec<Mapping>,
    pub(super) output: Bitstream,
    /// How a picture must lie in an input buffer.
    pub(super) layout: PixelLayout,
    pub(super) rate: Option<u32>,
    pub(super) notes: Vec<Note>,
}

pub(super) fn set_up(device: &Device, config: &EncoderConfig) -> Result<Parts, Error> {
    let (input_queue, output_queue) = queues(device, config.codec.format())?;
    let rate = config.codec.rate(config.layout.size);
    let notes = config.codec.set_controls(device, config.layout.size)?;
    let layout = set_formats(device, input_queue, output_queue, config)?;
    // An encoder without a rate to set takes pictures as they come.
    if let Some(Err(errno)) = rate.map(|rate| format::set_rate(device.fd(), input_queue, rate, 1)) {
        let error = device.error(SETTING_RATE, errno);
        if error.kind() == Kind::Gone {
            return Err(error);
        }
    }

    let (memory, wanted) = match config.input {
        Input::DmaBuf => (Memory::DmaBuf, config.buffers),
        Input::Copy => (Memory::Mmap, MAX_IN_FLIGHT as u32),
    };
    let input = Buffers::request(device, input_queue, memory, wanted)?;
    if config.input == Input::DmaBuf && input.count() < config.buffers {
        let words = format!(
            "the encoder has {} places for the {} buffers of the capture",
            input.count(),
            config.buffers
        );
        return Err(Error::words(&device.path, "asking for DMA-BUF import", Kind::Unsupported, words));
    }
    let copies = match config.input {
        Input::DmaBuf => Vec::new(),
        Input::Copy => map_all(device, &input)?,
    };
    let bytes = format::get(device.fd(), output_queue).map_err(|e| device.error(ASKING_FORMAT, e))?.sizeimage;
    // One more than can be in flight: the caller may be reading one.
    let output = Bitstream::set_up(device, output_queue, MAX_IN_FLIGHT as u32 + 1, bytes, config.heap)?;
    input.start()?;
    output.start()?;
    Ok(Parts { input, copies, output, layout, rate, notes })
}

const SETTING_RATE: &str = "setting the frame rate";
const ASKING_FORMAT: &str = "asking for the format";

fn queues(device: &Device, coded: FourCc) -> Result<(Queue, Queue), Error> {
    let refuse = |words: String| {
        Err(Error::words(&device.path, "opening the encoder", Kind::Unsupported, words)
            .with_remedy("name another, or none: then one is looked for"))
    };
    let Some(queues) = device.converter_queues().filter(|_| device.is_converter()) else {
        return refuse(format!(
            "not an encoder: {} ({}) is no memory-to-memory device",
            device.card(),
            device.driver()
        ));
    };
    if !device.encodes(coded) {
        return refuse(format!(
            "not an encoder of {coded}: {} ({}) makes none",
            device.card(),
            device.driver()
        ));
    }
    Ok(queues)
}

/// Both queues' formats. Setting the bitstream's may, by the kernel's documentation, change the pictures': then those are
/// set again.
fn set_formats(
    device: &Device,
    input: Queue,
    output: Queue,
    config: &EncoderConfig,
) -> Result<PixelLayout, Error> {
    let layout = set_input_format(device, input, config)?;
    let colorspace = layout.colorspace;
    let wanted = PixelLayout {
        format: config.codec.format(),
        size: layout.size,
        stride: 0,
        sizeimage: config.codec.room(layout.size),
        colorspace,
    };
    let coded = queue::negotiate(device, output, &wanted)?;
    if coded.format != wanted.format {
        return Err(refused(
            device,
            format!("the encoder gives {} instead of {}", coded.format, wanted.format),
        ));
    }
    let now = format::get(device.fd(), input).map_err(|e| device.error(ASKING_FORMAT, e))?;
    let same = (now.fourcc, now.width, now.height, now.stride)
        == (layout.format.0, layout.size.width, layout.size.height, layout.stride);
    if same { Ok(layout) } else { set_input_format(device, input, config) }
}

/// What pictures must look like: exactly as they come when they are imported, with a stride of the driver's when copied.
fn set_input_format(device: &Device, input: Queue, config: &EncoderConfig) -> Result<PixelLayout, Error> {
    let from = config.layout;
    let colorspace = if from.colorspace == 0 { V4L2_COLORSPACE_SMPTE170M } else { from.colorspace };
    let (stride, sizeimage) =
        if config.input == Input::DmaBuf { (from.stride, from.sizeimage) } else { (0, 0) };
    let layout = queue::negotiate(device, input, &PixelLayout { stride, sizeimage, colorspace, ..from })?;
    if layout.format != from.format {
        let offered: Vec<_> = device.offered(input).map(|o| o.format.to_string()).collect();
        let words = format!("the encoder does not take {}, only {}", from.format, offered.join(" "));
        return Err(refused(device, words));
    }
    if layout.size != from.size {
        let range =
            device.sizes(from.format).first().map(|r| format!(", only {} to {}", r.smallest, r.largest));
        let words =
            format!("the encoder does not take pictures of {}{}", from.size, range.unwrap_or_default());
        return Err(refused(device, words));
    }
    if config.input == Input::DmaBuf && (layout.stride != from.stride || layout.sizeimage > from.sizeimage) {
        let words = format!(
            "the encoder wants rows of {} bytes, {} in all; the capture has {} and {}",
            layout.stride, layout.sizeimage, from.stride, from.sizeimage
        );
        return Err(refused(device, words));
    }
    Ok(layout)
}

fn refused(device: &Device, words: String) -> Error {
    Error::words(&device.path, SETTING_FORMAT, Kind::Unsupported, words)
}

fn map_all(device: &Device, buffers: &Buffers) -> Result<Vec<Mapping>, Error> {
    (0..buffers.count())
        .map(|index| {
            let Buffer { offset, length, .. } = buffers.query(index)?;
            Mapping::write(device.fd(), offset, length).map_err(|e| device.error("mapping a buffer", e))
        })
        .collect()
}
