//! JPEGs of a camera's own: decoded, or made whole and passed on. The first byte has the rules.
//!
//! One decoder sees them all, as in the streamer, and after each a good one: a damaged one must leave nothing behind.

use std::cell::RefCell;

use rustreamer::source::Picture;
use rustreamer::source::jpeg::{Decoder, Repair, Rules};
use rustreamer::source::picture::Colour;
use v4l2m2m::Size;

const GOOD: &[u8] = include_bytes!("../seeds/jpeg/422");

struct Bench {
    decoder: Decoder,
    picture: Picture,
    good: Picture,
}

thread_local! {
    static BENCHES: RefCell<Vec<Bench>> = RefCell::new([false, true].map(bench).into());
}

fn rules(allow_truncated: bool) -> Rules {
    Rules { shortest: 0, allow_truncated }
}

fn bench(allow_truncated: bool) -> Bench {
    let mut decoder = Decoder::new(rules(allow_truncated)).expect("memory for a decoder");
    let mut good = Picture::new(Size { width: 2, height: 2 }, Colour::BLACK);
    decoder.take(&GOOD[1..]).and_then(|()| decoder.decode(&mut good)).expect("a good JPEG");
    Bench { decoder, picture: good.clone(), good }
}

pub fn run(input: &[u8]) {
    let [truncated, jpeg @ ..] = input else { return };
    let truncated = truncated & 1 == 1;
    BENCHES.with_borrow_mut(|benches| decode(&mut benches[usize::from(truncated)], jpeg));
    pass(truncated, jpeg);
}

fn decode(Bench { decoder, picture, good }: &mut Bench, jpeg: &[u8]) {
    if decoder.take(jpeg).and_then(|()| decoder.decode(picture)).is_ok() {
        let (width, height) = (picture.width(), picture.height());
        assert!(width.is_multiple_of(2) && height.is_multiple_of(2) && width * height <= 4096 * 4096);
        assert_eq!(picture.planes().map(<[u8]>::len), [1, 4, 4].map(|part| width * height / part));
    }
    assert_eq!(decoder.take(&GOOD[1..]).and_then(|()| decoder.decode(picture)), Ok(()));
    assert!(*picture == *good, "a good picture after it is another one");
    // Its memory was the size of the input's picture.
    if picture.width() != good.width() {
        *picture = good.clone();
    }
}

fn pass(truncated: bool, jpeg: &[u8]) {
    let repair = Repair::new(rules(truncated)).expect("memory for tables");
    let mut whole = b"before".to_vec();
    match repair.pass(jpeg, &mut whole) {
        Ok(()) => {
            let made = whole.strip_prefix(b"before").expect("what was there");
            assert!(made.starts_with(&[0xff, 0xd8]) && made.ends_with(&[0xff, 0xd9]));
            // Passed once, it is whole: it passes byte for byte.
            let mut again = vec![];
            assert_eq!(repair.pass(made, &mut again), Ok(()));
            assert!(again == made, "a whole one was changed");
        }
        Err(_) => assert_eq!(whole, b"before"),
    }
}
