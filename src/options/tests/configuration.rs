//! What becomes of options: the configuration, or what is wrong with them together.

use super::super::*;
use super::{config, options, parse};
use crate::config::{ImageControl, Listen, ProcessConfig, SourceConfig};

#[test]
fn defaults_are_ustreamers() {
    let config = config(&[]);
    let SourceConfig::Device(device) = &config.source else { panic!("a device is the default") };
    assert_eq!(device.path.to_str(), Some("/dev/video0"));
    assert_eq!((device.input, device.size.width, device.size.height), (0, 640, 480));
    assert_eq!(device.format, FourCc(u32::from_le_bytes(*b"YUYV")));
    assert_eq!((device.timeout.as_secs(), device.error_delay.as_secs()), (1, 1));
    assert!(!device.persistent && !device.dv_timings && !device.swap_rgb);
    assert_eq!(device.buffers.get(), 5);
    assert_eq!((device.jpeg.shortest, device.jpeg.allow_truncated), (128, false));
    assert!(config.h264.is_none() && config.desired_fps.is_none());
    assert_eq!((config.process, config.slowdown), (ProcessConfig::default(), false));
    assert!(config.raw.is_none() && device.image.is_empty() && device.standard.is_none());
    let here = Listen::Tcp { hosts: vec!["127.0.0.1".to_owned()], port: 8080 };
    assert_eq!((config.http.listen, config.http.timeout.as_secs()), (here, 10));
    assert!(config.http.credentials.is_none() && config.http.tls.is_none() && config.http.files.is_none());
    let jpeg = config.jpeg;
    assert_eq!((jpeg.quality.get(), jpeg.drop_same_frames), (80, 0));
    assert!((1..=4).contains(&jpeg.workers.get()) && jpeg.sink.is_none());

    let h264 = super::config(&["--h264-sink=demo::ustreamer::h264"]).h264.expect("a sink was named");
    let sink = h264.sink.expect("it was named");
    assert_eq!((h264.bitrate.get(), h264.gop.get(), h264.boost), (5000, 30, false));
    assert_eq!((sink.mode, sink.client_ttl.as_secs(), sink.remove_on_drop), (0o660, 10, false));
    assert_eq!(sink.abi, Abi::V10);
}

#[test]
fn webrtc_without_janus_makes_a_stream_by_itself() {
    let all = config(&["--whep", "--whep-host=203.0.113.7,2001:db8::7"]);
    let whep = all.whep.expect("it was asked for");
    assert_eq!((whep.port, whep.hosts.len()), (8189, 2));
    assert!(all.h264.expect("there are viewers for it").sink.is_none());
    assert!(config(&["--whep-port=1"]).whep.is_none(), "it was not asked for");
}

#[test]
fn cameras_that_encode_are_configured_with_what_is_theirs() {
    let SourceConfig::Device(device) =
        config(&["-m", "h264", "--h264-bitrate=800", "--h264-gop=12", "-z", "4096", "-T"]).source
    else {
        panic!("a device is the default")
    };
    assert_eq!(device.format, FourCc::H264);
    assert_eq!((device.coding.bitrate.get(), device.coding.gop.get()), (800, 12));
    assert_eq!((device.jpeg.shortest, device.jpeg.allow_truncated), (4096, true));
}

#[test]
fn an_edid_is_checked_before_anything_starts() {
    let file = std::env::temp_dir().join(format!("rustreamer-edid-{}", std::process::id()));
    let name = file.to_str().expect("a plain path");
    for (content, words) in [
        (None, "No such file"),
        (Some(&[200u8; 128][..]), "does not begin as an EDID does"),
        (Some(b"00 ff ff"), "it has 3 bytes"),
        (Some(b"hello"), "it is neither binary nor hexadecimal"),
    ] {
        if let Some(content) = content {
            std::fs::write(&file, content).expect("write a file");
        }
        let line = options(&["--edid", name]).into_config().expect_err("no EDID").to_string();
        assert!(line.starts_with(&format!("--edid {name}: ")) && line.contains(words), "{line}");
    }
    std::fs::remove_file(&file).expect("remove it");
    assert!(matches!(parse(&["--get-edid", "-d", "/dev/video3"]), Ok(Request::GetEdid(_))));
    assert!(parse(&["--get-edid", "-d", "test"]).is_err());
}

#[test]
fn the_jpeg_sink_is_known_by_its_old_name() {
    let sink =
        config(&["--sink", "a::jpeg", "--sink-mode=606", "--sink-rm", "--sink-client-ttl=3"]).jpeg.sink;
    let sink = sink.expect("a sink was named");
    assert_eq!((sink.name.as_str(), sink.mode, sink.remove_on_drop), ("a::jpeg", 0o606, true));
    assert_eq!(sink.client_ttl.as_secs(), 3);
}

#[test]
fn where_to_listen_is_said_once() {
    let listen = |arguments: &[&str]| config(arguments).http.listen;
    let hosts = vec!["127.0.0.1".to_owned(), "::1".to_owned()];
    assert_eq!(listen(&["-s", "127.0.0.1, ::1", "-p", "81"]), Listen::Tcp { hosts, port: 81 });
    assert_eq!(listen(&["--systemd"]), Listen::Systemd);
    let both = options(&["--systemd", "--unix=/x"]).into_config().expect_err("two places").to_string();
    assert!(both.contains("--unix and --systemd"), "{both}");
    assert!(parse(&["--unix", &"x".repeat(108)]).expect_err("too long").contains("107"));
    assert!(parse(&["--tls-cert=/x"]).is_err(), "no key");
}

#[test]
fn a_password_comes_from_a_file_or_the_command_line() {
    let pair = |arguments: &[&str]| config(arguments).http.credentials.map(|credentials| credentials.pair());
    assert_eq!(pair(&["--user=a", "--passwd=b c"]).as_deref(), Some("a:b c"));
    assert_eq!(pair(&["--user=a", "--passwd="]).as_deref(), Some("a:"));
    let file = std::env::temp_dir().join(format!("rustreamer-passwd-{}", std::process::id()));
    std::fs::write(&file, "secret word\nsecond line\n").expect("write a file");
    let name = file.to_str().expect("a plain path");
    assert_eq!(pair(&["--user=a", "--passwd-file", name]).as_deref(), Some("a:secret word"));
    std::fs::write(&file, "").expect("write a file");
    let line = |arguments: &[&str]| options(arguments).into_config().expect_err("refused").to_string();
    assert!(line(&["--user=a", "--passwd-file", name]).contains("first line is empty"));
    std::fs::remove_file(&file).expect("remove it");
    assert!(line(&["--user=a", "--passwd-file", name]).contains("No such file"));
    assert!(line(&["--passwd=b"]).contains("--user"));
}

#[test]
fn the_process_does_what_it_is_asked_for() {
    let process = config(&["--exit-on-no-clients=0x10", "--exit-on-device-error", "--gpio-stream-online=4"]);
    let SourceConfig::Device(device) = process.source else { panic!("a device is the default") };
    assert!(device.exit_on_error);
    assert_eq!(process.process.exit_on_no_clients.map(|limit| limit.as_secs()), Some(16));
    let gpio = process.process.gpio.expect("a line was named");
    assert_eq!((gpio.chip.to_str(), gpio.consumer.as_str()), (Some("/dev/gpiochip0"), "ustreamer"));
    assert_eq!((gpio.prog_running, gpio.stream_online, gpio.has_http_clients), (None, Some(4), None));
    let twice = options(&["--gpio-stream-online=4", "--gpio-prog-running=4"]).into_config();
    assert!(twice.expect_err("one line").to_string().contains("has this line already"));
    let look = options(&["--process-name-prefix=kvmd", "--user=a", "--passwd=b"]).appearance();
    assert_eq!((look.prefix.as_deref(), look.password.as_deref()), (Some("kvmd"), Some("b")));
    assert_eq!(options(&["--io-method=userptr"]).warnings.len(), 1);
    assert_eq!(options(&["--io-method=mmap", "--media-device=/dev/media0"]).warnings.len(), 0);
}

#[test]
fn image_controls_are_set_in_an_order_that_works() {
    let image = |arguments: &[&str]| -> Vec<(u32, v4l2m2m::Wish)> {
        let SourceConfig::Device(device) = config(arguments).source else {
            panic!("a device is the default")
        };
        device.image.iter().map(|ImageControl { id, wish, .. }| (id - 0x0098_0900, *wish)).collect()
    };
    use v4l2m2m::Wish::{Default, Value};
    assert_eq!(image(&["--brightness=-5", "--gain=auto"]), [(32, Value(0)), (0, Value(-5)), (18, Value(1))]);
    assert_eq!(image(&["--contrast=DEFAULT", "--rotate=90"]), [(1, Default), (34, Value(90))]);
    let all = image(&["--image-default", "--hue=3"]);
    assert_eq!(all.len(), 17);
    assert!(all.contains(&(3, Value(3))) && all.contains(&(25, Value(0))) && all.contains(&(0, Default)));
}

#[test]
fn sinks_have_their_names_layouts_and_modes() {
    let all = config(&[
        "--raw-sink=a::raw",
        "--raw-sink-abi=2",
        "--raw-sink-mode=600",
        "--raw-sink-rm",
        "--jpeg-sink=a::jpeg",
        "--jpeg-sink-abi=7a",
    ]);
    let raw = all.raw.expect("a sink was named");
    assert_eq!((raw.name.as_str(), raw.abi, raw.mode, raw.remove_on_drop), ("a::raw", Abi::V2, 0o600, true));
    assert_eq!(all.jpeg.sink.expect("a sink was named").abi, Abi::V7a);
    let wrong = options(&["--raw-sink=a::jpeg"]).into_config().expect_err("another kind").to_string();
    assert!(wrong.contains("must end in raw"), "{wrong}");
}

#[test]
fn passwords_are_not_repeated_in_the_error() {
    let line = options(&["--passwd=hunter2"]).into_config().expect_err("refused").to_string();
    assert!(!line.contains("hunter2") && line.contains("--passwd"), "{line}");
}

#[test]
fn what_goes_wrong_together_is_said() {
    let line =
        |arguments: &[&str]| options(arguments).into_config().expect_err("a bad combination").to_string();
    assert!(line(&["--h264-sink", "a::jpeg"]).contains("must end in h264"));
    assert!(line(&["--jpeg-sink", "a::h264"]).contains("must end in jpeg"));
    assert!(line(&["--static", "/no-such-folder"]).contains("/no-such-folder"));
    assert!(line(&["--static", "/dev/null"]).contains("not a folder"));
    assert!(line(&["-d", "test:1280x720", "-r", "640x480"]).contains("one size only"));
    assert!(line(&["-d", "test:641x480"]).contains("even"));
}

#[test]
fn the_test_picture_is_full_hd_unless_told_otherwise() {
    for (arguments, (width, height, fps)) in [
        (&["-d", "test"][..], (1920, 1080, 30)),
        (&["-d", "test:1280x720"], (1280, 720, 30)),
        (&["-d", "test", "-r", "640x480"], (640, 480, 30)),
        (&["-d", "test:1280x720@60", "-r", "1280x720"], (1280, 720, 60)),
    ] {
        let SourceConfig::Test(test) = config(arguments).source else { panic!("{arguments:?}") };
        assert_eq!(
            (test.size.width, test.size.height, test.fps.get()),
            (width, height, fps),
            "{arguments:?}"
        );
    }
}
