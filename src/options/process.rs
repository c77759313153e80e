//! Options that are about the process itself: when it ends, how it looks, whom it tells.

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Args};

use super::{OptionError, Options, values};
use crate::config::{GpioConfig, ProcessConfig};

/// The group.
#[derive(Debug, Args)]
#[command(next_help_heading = "Process")]
pub struct Process {
    /// Read options from this TOML file first: h264-gop = 60, persistent = true; the command line wins
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// End when the parent process ends
    #[arg(long)]
    pub exit_on_parent_death: bool,
    /// End (exit code 2) when the capture device fails, instead of trying again; a missing signal is no failure
    #[arg(long)]
    pub exit_on_device_error: bool,
    /// End (exit code 0) when nobody has watched, read a sink or asked for anything for so many seconds (0..86400; 0: never)
    #[arg(long, value_name = "SEC", default_value = "0", value_parser = |t: &str| values::integer_in(t, 0, 86_400))]
    pub exit_on_no_clients: u32,
    /// What the list of processes shows in front of the command line
    #[arg(long, value_name = "TEXT", value_parser = title)]
    pub process_name_prefix: Option<String>,
    /// Send the parent process SIGUSR2 when pictures begin or end to come, or have another size
    #[arg(long)]
    pub notify_parent: bool,
    /// Print the EDID that --device shows the computer, in hexadecimal
    #[arg(long)]
    pub get_edid: bool,
    /// Show capture devices, their formats, sizes and controls
    #[arg(long)]
    pub list_devices: bool,
    /// Show this
    #[arg(short = 'h', long, action = ArgAction::SetTrue)]
    pub help: bool,
    /// Show the version
    #[arg(short = 'v', long)]
    pub version: bool,
    /// Show what this build can do
    #[arg(long)]
    pub features: bool,
}

/// The group.
#[derive(Debug, Args)]
#[command(next_help_heading = "GPIO")]
pub struct Gpio {
    /// Chip whose lines are driven
    #[arg(long, value_name = "PATH", default_value = "/dev/gpiochip0")]
    gpio_device: PathBuf,
    /// What the lines' consumer is called begins with this
    #[arg(long, value_name = "TEXT", default_value = "ustreamer")]
    gpio_consumer_prefix: String,
    /// Line that is high while this runs (0..256)
    #[arg(long, value_name = "PIN", value_parser = pin)]
    gpio_prog_running: Option<u32>,
    /// Line that is high while pictures come (0..256)
    #[arg(long, value_name = "PIN", value_parser = pin)]
    gpio_stream_online: Option<u32>,
    /// Line that is high while somebody watches /stream (0..256)
    #[arg(long, value_name = "PIN", value_parser = pin)]
    gpio_has_http_clients: Option<u32>,
}

fn pin(text: &str) -> Result<u32, String> {
    values::integer_in(text, 0, 256)
}

/// Text that can stand in a list of processes.
fn title(text: &str) -> Result<String, String> {
    if text.chars().any(char::is_control) {
        return Err("visible characters are needed".to_owned());
    }
    Ok(text.to_owned())
}

/// How the process is to look in the list of processes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Appearance {
    /// In front of the command line.
    pub prefix: Option<String>,
    /// The password, which is not to be seen there.
    pub password: Option<String>,
}

impl Options {
    /// How the process is to look in the list of processes.
    pub fn appearance(&self) -> Appearance {
        let prefix = self.process.process_name_prefix.clone().filter(|prefix| !prefix.is_empty());
        Appearance { prefix, password: self.http.passwd.clone() }
    }

    pub(super) fn process_config(&self) -> Result<ProcessConfig, OptionError> {
        let process = &self.process;
        Ok(ProcessConfig {
            exit_on_parent_death: process.exit_on_parent_death,
            exit_on_no_clients: (process.exit_on_no_clients > 0)
                .then(|| Duration::from_secs(process.exit_on_no_clients.into())),
            notify_parent: process.notify_parent,
            gpio: self.gpio.config()?,
        })
    }
}

impl Gpio {
    fn config(&self) -> Result<Option<GpioConfig>, OptionError> {
        let lines = [
            ("--gpio-prog-running", self.gpio_prog_running),
            ("--gpio-stream-online", self.gpio_stream_online),
            ("--gpio-has-http-clients", self.gpio_has_http_clients),
        ];
        let given: Vec<_> = lines.iter().filter_map(|(name, pin)| pin.map(|pin| (name, pin))).collect();
        if given.is_empty() {
            return Ok(None);
        }
        for (place, (name, pin)) in given.iter().enumerate() {
            if let Some((other, _)) = given[..place].iter().find(|(_, other)| other == pin) {
                return Err(OptionError(format!(
                    "{name} {pin}: {other} has this line already; name another"
                )));
            }
        }
        Ok(Some(GpioConfig {
            chip: self.gpio_device.clone(),
            consumer: self.gpio_consumer_prefix.clone(),
            prog_running: self.gpio_prog_running,
            stream_online: self.gpio_stream_online,
            has_http_clients: self.gpio_has_http_clients,
        }))
    }
}
