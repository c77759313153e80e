//! What is known of the sink, and what a viewer without a picture is told about it.

use memsink::{Idle, Micros, SinkName};

/// Video is taken to flow for this long after a frame, in µs: a source without a signal sends one picture a second.
const FLOWS: u64 = 2_500_000;

/// What the last look at the sink showed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Sight {
    /// Nobody has looked yet.
    #[default]
    Unseen,
    /// A frame.
    Frame,
    /// No frame.
    Idle(Idle),
    /// It cannot be read.
    Broken(String),
}

/// The sink as the reader sees it.
#[derive(Debug)]
pub struct Source {
    name: SinkName,
    sight: Sight,
    /// Of the stream that is going on.
    last_frame: Option<Micros>,
}

impl Source {
    /// One that nobody has looked at.
    pub fn new(name: SinkName) -> Source {
        Source { name, sight: Sight::Unseen, last_frame: None }
    }

    /// What a look at it showed.
    pub fn seen(&mut self, sight: Sight, now: Micros) {
        match sight {
            Sight::Frame => self.last_frame = Some(now),
            // Whatever comes afterwards is another stream, also when it comes soon.
            Sight::Broken(_) | Sight::Idle(Idle::NoObject | Idle::NoWriter) => self.last_frame = None,
            Sight::Unseen | Sight::Idle(Idle::NoNewFrame) => {}
        }
        self.sight = sight;
    }

    /// Nobody looks at it any more.
    pub fn forget(&mut self) {
        self.sight = Sight::Unseen;
        self.last_frame = None;
    }

    /// Whether frames come.
    pub fn flows(&self, now: Micros) -> bool {
        self.last_frame.is_some_and(|last| now.since(last) < FLOWS)
    }

    /// One word for machines.
    pub fn state(&self, now: Micros) -> &'static str {
        match &self.sight {
            Sight::Broken(_) => "broken",
            Sight::Idle(Idle::NoObject) => "no_sink",
            Sight::Idle(Idle::NoWriter) => "no_streamer",
            _ if self.flows(now) => "flowing",
            Sight::Unseen => "unread",
            _ => "no_frames",
        }
    }

    /// Why there is no video, for people.
    pub fn why_no_video(&self) -> String {
        let name = &self.name;
        match &self.sight {
            Sight::Broken(error) => format!("No video: {error}"),
            Sight::Idle(Idle::NoObject) => {
                format!("No video: there is no sink {name}; start ustreamer with --h264-sink={name}")
            }
            Sight::Idle(Idle::NoWriter) => {
                format!("No video: the streamer of the sink {name} is not running; start it again")
            }
            Sight::Unseen | Sight::Frame | Sight::Idle(Idle::NoNewFrame) => {
                format!(
                    "No video: the sink {name} has no frames yet; wait a moment, or look at the streamer's log"
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn video_flows_from_a_frame_on_until_it_stops_or_the_sink_goes() {
        let mut source = Source::new("a::h264".parse().unwrap());
        assert!(!source.flows(Micros(0)));
        source.seen(Sight::Frame, Micros(1_000_000));
        source.seen(Sight::Idle(Idle::NoNewFrame), Micros(2_000_000));
        assert!(source.flows(Micros(3_400_000)));
        assert!(!source.flows(Micros(3_500_000)));
        source.seen(Sight::Frame, Micros(4_000_000));
        source.seen(Sight::Idle(Idle::NoWriter), Micros(4_000_001));
        assert!(!source.flows(Micros(4_000_002)));
        assert_eq!(source.state(Micros(4_000_002)), "no_streamer");
        source.seen(Sight::Idle(Idle::NoNewFrame), Micros(4_000_003));
        assert!(!source.flows(Micros(4_000_004)), "a new sink without a frame yet");
        assert_eq!(source.state(Micros(4_000_004)), "no_frames");
        source.seen(Sight::Frame, Micros(4_000_005));
        assert!(source.flows(Micros(4_000_006)));
    }

    #[test]
    fn each_reason_has_its_words() {
        let mut source = Source::new("a::h264".parse().unwrap());
        for (sight, words) in [
            (Sight::Unseen, "no frames yet"),
            (Sight::Idle(Idle::NoObject), "start ustreamer with --h264-sink=a::h264"),
            (Sight::Idle(Idle::NoWriter), "not running"),
            (Sight::Idle(Idle::NoNewFrame), "no frames yet"),
            (Sight::Broken("it is damaged".into()), "it is damaged"),
        ] {
            source.seen(sight, Micros(0));
            assert!(source.why_no_video().contains(words));
        }
    }
}
