//! The cases of the kernel lane, in the guest: `vm-cases PART/PARTS [NAME]...` runs those whose names begin so, or all: every so many'th of them,
//! so that as many guests share them.
//!
//! Each case is a streamer of its own (or a session of the crate's) on vivid's HDMI input and the virtual encoder. What must always hold: a case leaves the
//! receiver's signal good, the encoder without faults, and nothing open in either.
#![deny(unsafe_code)]

mod allocations;
mod bad_input;
mod capture_faults;
mod encoder_faults;
mod evidence;
mod gpio;
mod hot_path;
mod jpeg_encoder;
mod options;
mod races;
mod rig;
mod session;
mod signal;
mod still;
mod zero_copy;

use std::panic::catch_unwind;
use std::process::ExitCode;
use std::time::Instant;

#[global_allocator]
static ALLOCATOR: allocations::Counting = allocations::Counting;

type Case = (&'static str, fn());

const CASES: &[Case] = &[
    ("zero_copy::uyvy", zero_copy::uyvy),
    ("zero_copy::yuyv", zero_copy::yuyv),
    ("zero_copy::rgb24", zero_copy::rgb24),
    ("zero_copy::bgr24", zero_copy::bgr24),
    ("zero_copy::nv12", zero_copy::nv12),
    ("hot_path::each_buffer_moves_once", hot_path::each_buffer_moves_once),
    ("hot_path::only_buffers_move", hot_path::only_buffers_move),
    ("hot_path::nothing_is_allocated", hot_path::nothing_is_allocated),
    ("session::bitstream_memory", session::bitstream_memory),
    ("session::drain", session::drain),
    ("session::changes", session::changes),
    ("session::example", session::example),
    ("encoder::hangs", encoder_faults::hangs),
    ("encoder::damaged_pieces", encoder_faults::damaged_pieces),
    ("encoder::swallows", encoder_faults::swallows),
    ("encoder::is_slow", encoder_faults::is_slow),
    ("encoder::refuses_to_import", encoder_faults::refuses_to_import),
    ("encoder::refuses_to_start", encoder_faults::refuses_to_start),
    ("encoder::refuses_values", encoder_faults::refuses_values),
    ("encoder::is_unplugged", encoder_faults::is_unplugged),
    ("encoder::two_hundred_faults", encoder_faults::two_hundred_faults),
    ("capture::errors_of_the_driver", capture_faults::errors_of_the_driver),
    ("capture::is_unplugged", capture_faults::is_unplugged),
    ("capture::a_hundred_resolutions", capture_faults::a_hundred_resolutions),
    ("evidence::an_encoder_that_works", evidence::an_encoder_that_works),
    ("evidence::an_encoder_that_hangs", evidence::an_encoder_that_hangs),
    ("evidence::the_media_graph", evidence::the_media_graph),
    ("bad_input::the_capture_device", bad_input::the_capture_device),
    ("bad_input::the_encoder", bad_input::the_encoder),
    ("gpio::lines_tell_what_goes_on", gpio::lines_tell_what_goes_on),
    ("options::image_controls", options::image_controls),
    ("options::a_standard_that_the_input_has_not", options::a_standard_that_the_input_has_not),
    ("options::a_failing_device_is_the_end", options::a_failing_device_is_the_end),
    ("options::settings_of_the_encoder", options::settings_of_the_encoder),
    ("options::a_narrow_way", options::a_narrow_way),
    ("options::raw_pictures", options::raw_pictures),
    ("options::a_slow_down", options::a_slow_down),
    ("options::jpegs_alone", options::jpegs_alone),
    ("jpeg::of_an_image_encoder", jpeg_encoder::of_an_image_encoder),
    ("jpeg::of_a_video_encoder", jpeg_encoder::of_a_video_encoder),
    ("jpeg::beside_h264", jpeg_encoder::beside_h264),
    ("jpeg::another_quality", jpeg_encoder::another_quality),
    ("jpeg::hangs", jpeg_encoder::hangs),
    ("jpeg::damages", jpeg_encoder::damages),
    ("jpeg::refuses_to_import", jpeg_encoder::refuses_to_import),
    ("jpeg::is_unplugged", jpeg_encoder::is_unplugged),
    ("jpeg::the_receiver_goes", jpeg_encoder::the_receiver_goes),
    ("jpeg::ended_while_it_hangs", jpeg_encoder::ended_while_it_hangs),
    ("races::encoder_goes_with_pictures_inside", races::encoder_goes_with_pictures_inside),
    ("races::receiver_goes_with_pictures_inside", races::receiver_goes_with_pictures_inside),
    ("races::encoder_goes_while_it_hangs", races::encoder_goes_while_it_hangs),
    ("races::end_while_the_encoder_hangs", races::end_while_the_encoder_hangs),
    ("races::ended_with_pictures_inside", races::ended_with_pictures_inside),
    ("races::signal_comes_and_goes", races::signal_comes_and_goes),
    ("signal::each_fault_has_its_words", signal::each_fault_has_its_words),
    ("signal::edid", signal::edid),
    ("still::a_screen_on_which_nothing_moves", still::a_screen_on_which_nothing_moves),
    ("still::jpegs_that_are_left_out", still::jpegs_that_are_left_out),
];

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let share = arguments.next().expect("PART/PARTS");
    let (part, parts) = share.split_once('/').expect("PART/PARTS");
    let (part, parts): (usize, usize) = (part.parse().expect("a number"), parts.parse().expect("a number"));
    let wanted: Vec<String> = arguments.collect();
    let is_wanted =
        |name: &str| wanted.is_empty() || wanted.iter().any(|prefix| name.starts_with(prefix.as_str()));
    let chosen: Vec<&Case> = CASES.iter().filter(|(name, _)| is_wanted(name)).collect();
    assert!(!chosen.is_empty(), "no case is called like any of: {wanted:?}");
    let (mut passed, mut failed) = (0, 0);
    for (name, case) in chosen.into_iter().skip(part - 1).step_by(parts) {
        let start = Instant::now();
        let outcome = catch_unwind(case);
        let seconds = start.elapsed().as_secs_f64();
        match outcome {
            Ok(()) => {
                passed += 1;
                println!("ok      {name} ({seconds:.1} s)");
            }
            Err(_) => {
                failed += 1;
                println!("FAILED  {name} ({seconds:.1} s)");
            }
        }
    }
    println!("{passed} passed, {failed} failed");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
