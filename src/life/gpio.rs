//! GPIO lines that tell whether the process runs, pictures come and somebody watches.
//!
//! What must always hold: a line is set when its meaning changes, and low once the process has ended in order.

use std::path::{Path, PathBuf};

use gpiocdev::Request;
use gpiocdev::line::Value;

use super::Look;
use crate::config::GpioConfig;
use crate::error;

/// The lines cannot be had.
#[derive(Debug, thiserror::Error)]
#[error("{option} {pin}: cannot drive this line of {}: {why}; gpioinfo shows the chips' lines and who has them", .chip.display())]
pub struct GpioError {
    option: &'static str,
    pin: u32,
    chip: PathBuf,
    why: gpiocdev::Error,
}

/// What a line means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    Running,
    Online,
    Watched,
}

impl Meaning {
    /// Its option's name.
    fn option(self) -> &'static str {
        match self {
            Meaning::Running => "--gpio-prog-running",
            Meaning::Online => "--gpio-stream-online",
            Meaning::Watched => "--gpio-has-http-clients",
        }
    }

    /// Whether it is so.
    fn holds(self, look: &Look) -> bool {
        match self {
            Meaning::Running => true,
            Meaning::Online => look.online,
            Meaning::Watched => look.http_clients > 0,
        }
    }
}

struct Line {
    meaning: Meaning,
    pin: u32,
    /// `None` once it could not be set: that is told once.
    high: Option<bool>,
    request: Request,
}

/// All lines that were asked for.
pub struct Lines(Vec<Line>);

impl Lines {
    /// Takes the lines, all low but the one that means that the process runs.
    ///
    /// # Errors
    /// When there is no such chip or line, or another has it.
    pub fn take(config: &GpioConfig) -> Result<Lines, GpioError> {
        let lines = [
            (Meaning::Running, config.prog_running),
            (Meaning::Online, config.stream_online),
            (Meaning::Watched, config.has_http_clients),
        ];
        let given = lines.into_iter().filter_map(|(meaning, pin)| pin.map(|pin| (meaning, pin)));
        given
            .map(|(meaning, pin)| take(&config.chip, &config.consumer, meaning, pin))
            .collect::<Result<_, _>>()
            .map(Lines)
    }

    /// Sets those whose meaning has changed.
    pub fn show(&mut self, look: &Look) {
        for line in &mut self.0 {
            line.set(line.meaning.holds(look));
        }
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        self.0.iter_mut().for_each(|line| line.set(false));
    }
}

fn take(chip: &Path, prefix: &str, meaning: Meaning, pin: u32) -> Result<Line, GpioError> {
    let high = meaning == Meaning::Running;
    let consumer = format!("{prefix}::{}", meaning.option().trim_start_matches("--gpio-"));
    let request = Request::builder()
        .on_chip(chip)
        .with_consumer(consumer)
        .with_line(pin)
        .as_output(Value::from(high))
        .request()
        .map_err(|why| GpioError { option: meaning.option(), pin, chip: chip.to_owned(), why })?;
    Ok(Line { meaning, pin, high: Some(high), request })
}

impl Line {
    fn set(&mut self, high: bool) {
        if self.high.is_none_or(|now| now == high) {
            return;
        }
        self.high = Some(high);
        if let Err(why) = self.request.set_value(self.pin, Value::from(high)) {
            self.high = None;
            error!("{} {}: the line cannot be set: {why}", self.meaning.option(), self.pin);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_means_what_its_option_says() {
        let look = |online, http_clients| Look { online, http_clients, ..Look::default() };
        let high = |look: &Look| [Meaning::Running, Meaning::Online, Meaning::Watched].map(|m| m.holds(look));
        assert_eq!(high(&look(false, 0)), [true, false, false]);
        assert_eq!(high(&look(true, 0)), [true, true, false]);
        assert_eq!(high(&look(true, 2)), [true, true, true]);
    }

    #[test]
    fn a_chip_that_is_not_there_is_told_with_the_option() {
        let config = GpioConfig {
            chip: "/dev/no-such-gpiochip".into(),
            consumer: "x".to_owned(),
            prog_running: None,
            stream_online: Some(7),
            has_http_clients: None,
        };
        let line = Lines::take(&config).err().unwrap().to_string();
        assert!(
            line.starts_with("--gpio-stream-online 7: ") && line.contains("/dev/no-such-gpiochip"),
            "{line}"
        );
        assert!(line.contains("gpioinfo"), "{line}");
    }
}
