//! `--config FILE`: options in TOML, by their long names, as if they stood in front of those of the command line.
//!
//! So the command line wins, and every rule is the same for both. What is not an option is refused: a slip of the pen must not go unseen.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use clap::error::{ContextKind, ContextValue};
use clap::{Arg, ArgAction, Command};
use toml::{Table, Value};

use super::{OptionError, one_line};

/// What asks for something else than to run.
const NOT_HERE: [&str; 6] = ["config", "features", "get-edid", "help", "list-devices", "version"];

/// The arguments, with those of the file in front if they name one.
pub fn with_file(command: &Command, arguments: Vec<OsString>) -> Result<Vec<OsString>, OptionError> {
    // Shorter ones could mean --contrast. What is wrong with the others is told later.
    if !arguments.iter().any(|argument| argument.as_bytes().starts_with(b"--conf")) {
        return Ok(arguments);
    }
    let matches = command.clone().ignore_errors(true).try_get_matches_from(arguments.iter().cloned());
    let Some(path) =
        matches.ok().and_then(|matches| matches.get_one::<std::path::PathBuf>("config").cloned())
    else {
        return Ok(arguments);
    };
    let from_file =
        read(command, &path).map_err(|why| OptionError(format!("--config {}: {why}", path.display())))?;
    let mut all = arguments.into_iter();
    let program = all.next().into_iter();
    Ok(program.chain(from_file.into_iter().map(OsString::from)).chain(all).collect())
}

/// The file's options as arguments.
fn read(command: &Command, path: &Path) -> Result<Vec<String>, String> {
    let text = fs::read_to_string(path).map_err(|why| why.to_string())?;
    let table: Table = text.parse().map_err(|error: toml::de::Error| {
        let line = error.span().map(|span| text[..span.start.min(text.len())].lines().count().max(1));
        let place = line.map(|line| format!("line {line}: ")).unwrap_or_default();
        format!(
            "{place}{}; a line is an option's long name and its value, as in h264-gop = 60",
            error.message()
        )
    })?;
    let mut arguments = Vec::new();
    for (key, value) in &table {
        let Some(arg) = option(command, key) else {
            return Err(unknown(command, key));
        };
        // What may be given more than once is a list here.
        let values = match value {
            Value::Array(values) if matches!(arg.get_action(), ArgAction::Append) => values.as_slice(),
            _ => std::slice::from_ref(value),
        };
        for value in values {
            let Some(argument) = argument(arg, key, value)? else { continue };
            // One by one, so that what is wrong is told with the file's name.
            let alone = [OsString::new(), argument.clone().into()];
            if let Err(error) = command.clone().try_get_matches_from(alone)
                && error.kind() == clap::error::ErrorKind::ValueValidation
            {
                return Err(one_line(&error).to_string());
            }
            arguments.push(argument);
        }
    }
    Ok(arguments)
}

/// The option with exactly this long name.
fn option<'a>(command: &'a Command, key: &str) -> Option<&'a Arg> {
    let named = |arg: &&Arg| {
        arg.get_long() == Some(key) || arg.get_all_aliases().is_some_and(|aliases| aliases.contains(&key))
    };
    command.get_arguments().find(named).filter(|_| !NOT_HERE.contains(&key))
}

fn unknown(command: &Command, key: &str) -> String {
    if NOT_HERE.contains(&key) {
        return format!("{key}: this belongs on the command line only");
    }
    let plain = key.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
    let spelled = key.replace('_', "-");
    let meant = if option(command, &spelled).is_some() {
        Some(spelled)
    } else if plain && !key.is_empty() {
        let error = command.clone().infer_long_args(false).try_get_matches_from(["", &format!("--{key}")]);
        error.err().and_then(|error| match error.get(ContextKind::SuggestedArg) {
            Some(ContextValue::String(text)) => Some(text.trim_start_matches('-').to_owned()),
            _ => None,
        })
    } else {
        None
    };
    match meant {
        Some(meant) => format!("{key}: there is no such option; perhaps {meant} was meant"),
        None => format!("{}: there is no such option; --help shows all", key.escape_debug()),
    }
}

/// A key and its value as on the command line; `None`: a flag that is not set.
fn argument(arg: &Arg, key: &str, value: &Value) -> Result<Option<String>, String> {
    let flag = matches!(arg.get_action(), ArgAction::SetTrue);
    match value {
        Value::Boolean(set) if flag => Ok(set.then(|| format!("--{key}"))),
        _ if flag => Err(format!("{key}: true or false is needed")),
        Value::String(text) => Ok(Some(format!("--{key}={text}"))),
        // TOML's own octal numbers are not told from decimal ones, and permissions are octal on the command line.
        Value::Integer(_) if key.ends_with("-mode") => {
            Err(format!("{key}: permissions are needed in quotes, as in {key} = \"660\""))
        }
        Value::Integer(number) => Ok(Some(format!("--{key}={number}"))),
        _ => Err(format!("{key}: a number, or text in quotes is needed")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::command;

    fn arguments(test: &str, text: &str, more: &[&str]) -> Result<Vec<String>, String> {
        let path = std::env::temp_dir().join(format!("rustreamer-config-{}-{test}", std::process::id()));
        fs::write(&path, text).unwrap();
        let name = path.to_str().unwrap();
        let line = ["ustreamer", "--config", name].iter().chain(more).map(OsString::from).collect();
        let all = with_file(&command(), line).map_err(|error| error.to_string());
        fs::remove_file(&path).unwrap();
        Ok(all?.into_iter().map(|argument| argument.into_string().unwrap()).filter(|a| a != name).collect())
    }

    #[test]
    fn the_files_options_stand_in_front() {
        let text = "h264-gop = 12\npersistent = true\nslowdown = false\nh264-sink-mode = \"640\"\nsink = \"a::jpeg\"\n";
        let all = arguments("front", text, &["-q", "70"]).unwrap();
        let expected = [
            "ustreamer",
            "--h264-gop=12",
            "--h264-sink-mode=640",
            "--persistent",
            "--sink=a::jpeg",
            "--config",
            "-q",
            "70",
        ];
        assert_eq!(all, expected);
    }

    #[test]
    fn what_may_be_given_more_than_once_is_a_list() {
        let text = "ice-server = [\"stun:a.example\", \"turn:me:x@b.example\"]\n";
        let all = arguments("list", text, &[]).unwrap();
        let expected =
            ["ustreamer", "--ice-server=stun:a.example", "--ice-server=turn:me:x@b.example", "--config"];
        assert_eq!(all, expected);
        let line = arguments("lists", "ice-server = [\"stun:\"]", &[]).unwrap_err();
        assert!(line.contains("stun:HOST[:PORT]"), "{line}");
    }

    #[test]
    fn slips_are_told_with_the_file_and_what_was_meant() {
        for (test, text, words) in [
            (
                "slip",
                "h264-bitrat = 5",
                "h264-bitrat: there is no such option; perhaps h264-bitrate was meant",
            ),
            ("under", "h264_gop = 5", "perhaps h264-gop was meant"),
            ("alien", "\"a b\" = 5", "there is no such option"),
            ("help", "help = true", "on the command line only"),
            ("mode", "unix-mode = 0o660", "in quotes"),
            ("flag", "persistent = 1", "true or false is needed"),
            ("range", "h264-gop = 61", "--h264-gop: \"61\" will not do: it must be between 0 and 60"),
            ("list", "host = [\"a\"]", "text in quotes is needed"),
            ("syntax", "port = 1\nhost = x y\n", "line 2: "),
        ] {
            let line = arguments(test, text, &[]).unwrap_err();
            assert!(line.starts_with("--config /") && line.contains(words), "{line}");
            assert_eq!(line.lines().count(), 1, "{line}");
        }
    }
}
