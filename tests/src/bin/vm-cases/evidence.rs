//! What a report about a device is made from, by the crate alone: whether its encoder works, and what is linked to what.

use std::path::Path;

use rustreamer_tests::vm::encoder::Fault;
use rustreamer_tests::vm::{ENCODER, RECEIVER};
use v4l2m2m::{FourCc, Kind, find_encoders, media_graphs, try_h264_encoder};

/// All pictures come out of an encoder that works.
pub fn an_encoder_that_works() {
    assert!(find_encoders(FourCc::H264).iter().any(|path| path == Path::new(ENCODER)));
    let trial = try_h264_encoder(Path::new(ENCODER), 10).expect("a trial");
    assert_eq!(trial.pictures, 10, "{trial:?}");
    assert!(trial.keys >= 1 && trial.bytes > 100 && !trial.longest.is_zero(), "{trial:?}");
}

/// One that hangs is found out, and holds nothing up; a capture device is none.
pub fn an_encoder_that_hangs() {
    let fault = Fault::begin("hang_every", 1);
    let error = try_h264_encoder(Path::new(ENCODER), 10).expect_err("it hangs");
    assert_eq!(error.kind(), Kind::Corrupt, "{error}");
    assert!(error.to_string().contains("it gave 0"), "{error}");
    drop(fault);
    an_encoder_that_works();
    assert_eq!(try_h264_encoder(Path::new(RECEIVER), 1).expect_err("no encoder").kind(), Kind::Unsupported);
}

/// The receiver and the encoder are in their media devices' graphs, with their nodes; the encoder's parts are linked.
pub fn the_media_graph() {
    let graphs: Vec<String> =
        media_graphs().into_iter().map(|graph| graph.expect("a graph").to_string()).collect();
    assert!(graphs.iter().any(|graph| graph.contains(RECEIVER)), "{graphs:#?}");
    let links =
        |graph: &&String| graph.contains(ENCODER) && graph.contains(" -> pad 0 of vh264-encode-proc (fixed)");
    assert!(graphs.iter().any(|graph| links(&graph)), "{graphs:#?}");
}
