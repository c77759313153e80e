//! `rustreamer-pages FOLDER`: writes the man pages and the shells' completions of both programs, made from their options, so that
//! neither can lag behind. They are named as Debian's helpers want to install them.
#![forbid(unsafe_code)]

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use clap::Command;
use clap_complete::Shell;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

fn main() -> io::Result<()> {
    let Some(folder) = std::env::args_os().nth(1).map(PathBuf::from) else {
        return Err(io::Error::other("usage: rustreamer-pages FOLDER"));
    };
    fs::create_dir_all(&folder)?;
    for (command, more) in
        [(rustreamer::options::command(), STREAMER), (rustreamer::dump::options::command(), DUMP)]
    {
        page(&folder, command.clone(), more)?;
        completions(&folder, command)?;
    }
    Ok(())
}

/// What the options do not say: title and paragraphs.
type Sections = &'static [(&'static str, &'static [&'static str])];

const STREAMER: Sections = &[
    (
        "EXIT STATUS",
        &[
            "0: it was asked to end, or nobody wanted it (--exit-on-no-clients). 1: the command line or the configuration is not right. \
             2: the device cannot be used, or failed (--exit-on-device-error). 3: a sink cannot be written. 4: it cannot listen. 5: the encoder. 70: a fault of its own: please report it.",
        ],
    ),
    ("SIGNALS", &["SIGINT and SIGTERM end it. With --notify-parent its parent gets SIGUSR2."]),
    (
        "ENVIRONMENT",
        &[
            "USTREAMER_PASSWD: the password of --user where neither --passwd nor --passwd-file gives one.",
            "NOTIFY_SOCKET, WATCHDOG_USEC: set by systemd (Type=notify, WatchdogSec=); it is told when this listens, how it is, and that \
             its media thread lives.",
            "LISTEN_FDS: sockets of systemd's, taken with --systemd.",
        ],
    ),
    (
        "CONFIGURATION FILE",
        &[
            "--config names a TOML file. A line is an option's long name and its value: h264-gop = 60, persistent = true, \
             h264-sink-mode = \"660\" (permissions in quotes). Options on the command line win.",
        ],
    ),
    ("SEE ALSO", &["ustreamer-dump(1), v4l2-ctl(1), janus(1)"]),
];

const DUMP: Sections = &[
    ("EXIT STATUS", &["0: it was asked to end, or took as many frames as it should. 1: anything else."]),
    ("SEE ALSO", &["ustreamer(1)"]),
];

fn page(folder: &Path, command: Command, more: Sections) -> io::Result<()> {
    let mut file = File::create(folder.join(format!("{}.1", command.get_name())))?;
    let man = Man::new(command).manual("rustreamer").source("rustreamer");
    man.render(&mut file)?;
    let mut roff = Roff::new();
    for (title, paragraphs) in more {
        roff.control("SH", [*title]);
        for paragraph in *paragraphs {
            roff.control("PP", []).text([roman(*paragraph)]);
        }
    }
    roff.to_writer(&mut file)
}

fn completions(folder: &Path, mut command: Command) -> io::Result<()> {
    let name = command.get_name().to_owned();
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
        let mut file = File::create(folder.join(format!("{name}.{shell}")))?;
        clap_complete::generate(shell, &mut command, &name, &mut file);
    }
    Ok(())
}
