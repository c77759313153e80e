//! Options of the web server: where it listens, whom it answers, and with what.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use v4l2m2m::Size;

use super::{OptionError, values};
use crate::config::{Credentials, HttpConfig, IceServer, Listen, Tls};

/// The group.
#[derive(Debug, Args)]
#[command(next_help_heading = "HTTP")]
pub struct Http {
    /// Names or addresses to listen on, separated by commas; 0.0.0.0 and :: are all of IPv4 and IPv6
    #[arg(short = 's', long, value_name = "HOST", default_value = "127.0.0.1")]
    host: String,
    /// TCP port to listen on (1..65535)
    #[arg(short = 'p', long, value_name = "N", default_value = "8080", value_parser = |t: &str| values::integer_in(t, 1, 65_535).map(|p| p as u16))]
    port: u16,
    /// UNIX socket to listen on, instead of TCP
    #[arg(short = 'U', long, value_name = "PATH", value_parser = values::socket_path)]
    unix: Option<PathBuf>,
    /// Remove the UNIX socket first if it is there
    #[arg(short = 'D', long)]
    unix_rm: bool,
    /// Permissions of the UNIX socket
    #[arg(short = 'M', long, value_name = "OCTAL", value_parser = values::mode)]
    unix_mode: Option<u32>,
    /// Listen on the sockets that systemd has opened
    #[arg(short = 'S', long)]
    systemd: bool,
    /// Certificate in PEM form; answers are encrypted (HTTPS) then
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The certificate's key in PEM form
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Ask for this user's name and password (Basic authentication)
    #[arg(long, value_name = "NAME", value_parser = values::user)]
    user: Option<String>,
    /// The password; it is taken out of the list of processes at once, but --passwd-file or the variable USTREAMER_PASSWD never show it
    #[arg(long, value_name = "TEXT", overrides_with = "passwd_file")]
    pub passwd: Option<String>,
    /// File whose first line is the password
    #[arg(long, value_name = "FILE", overrides_with = "passwd")]
    passwd_file: Option<PathBuf>,
    /// Folder whose files are served instead of the page
    #[arg(long = "static", value_name = "PATH")]
    static_files: Option<PathBuf>,
    /// Size that /state tells instead of the real one
    #[arg(short = 'R', long, value_name = "WxH", value_parser = values::fake_size)]
    fake_resolution: Option<Size>,
    /// Send small packets at once; always so
    #[arg(long)]
    tcp_nodelay: bool,
    /// Value of Access-Control-Allow-Origin
    #[arg(long, value_name = "ORIGIN", value_parser = values::header_text)]
    allow_origin: Option<String>,
    /// Name of this streamer, told in /state
    #[arg(long, value_name = "ID", default_value = "", hide_default_value = true, value_parser = values::instance_id)]
    instance_id: String,
    /// Seconds that a client may take for its request (1..60)
    #[arg(long, value_name = "SEC", default_value = "10", value_parser = values::seconds)]
    server_timeout: Duration,
    /// Where the page finds Janus: ws://HOST:PORT/ or /path [default: the page works it out]
    #[arg(long, value_name = "URL", value_parser = values::janus_url)]
    janus_url: Option<String>,
    /// STUN or TURN server for the page's WebRTC: stun:HOST[:PORT] or turn:USER:PASSWORD@HOST[:PORT]; may be given more than once. Whoever may see /state sees the password
    #[arg(long, value_name = "SERVER", value_parser = values::ice_server)]
    ice_server: Vec<IceServer>,
}

impl Http {
    /// What these options describe.
    pub fn config(self) -> Result<HttpConfig, OptionError> {
        Ok(HttpConfig {
            listen: self.listen()?,
            credentials: self.credentials()?,
            tls: self.tls_cert.zip(self.tls_key).map(|(certificate, key)| Tls { certificate, key }),
            files: self.static_files.map(folder).transpose()?,
            fake_resolution: self.fake_resolution,
            allow_origin: self.allow_origin,
            instance_id: self.instance_id,
            timeout: self.server_timeout,
            janus_url: self.janus_url,
            ice_servers: self.ice_server,
        })
    }

    fn listen(&self) -> Result<Listen, OptionError> {
        match &self.unix {
            Some(_) if self.systemd => {
                Err(OptionError::new("--unix and --systemd: only one of them can say where to listen"))
            }
            Some(path) => Ok(Listen::Unix { path: path.clone(), remove: self.unix_rm, mode: self.unix_mode }),
            None if self.systemd => Ok(Listen::Systemd),
            None => {
                let hosts = self.host.split(',').map(|host| host.trim().to_owned()).collect();
                Ok(Listen::Tcp { hosts, port: self.port })
            }
        }
    }

    fn credentials(&self) -> Result<Option<Credentials>, OptionError> {
        let Some(user) = &self.user else {
            if self.passwd.is_some() || self.passwd_file.is_some() {
                return Err(OptionError::new("--passwd: there is no --user whose password this could be"));
            }
            return Ok(None);
        };
        let password = match (&self.passwd, &self.passwd_file) {
            (Some(password), _) => password.clone(),
            (None, Some(path)) => {
                let refuse = |why: String| OptionError(format!("--passwd-file {}: {why}", path.display()));
                let content = fs::read_to_string(path).map_err(|why| refuse(why.to_string()))?;
                let line = content.lines().next().unwrap_or_default();
                if line.is_empty() {
                    return Err(refuse("its first line is empty; the password belongs there".to_owned()));
                }
                line.to_owned()
            }
            (None, None) => std::env::var("USTREAMER_PASSWD").unwrap_or_default(),
        };
        Ok(Some(Credentials::new(user.clone(), password)))
    }
}

/// The folder of `--static`.
fn folder(path: PathBuf) -> Result<PathBuf, OptionError> {
    match fs::metadata(&path) {
        Ok(found) if found.is_dir() => Ok(path),
        Ok(_) => Err(OptionError(format!("--static {}: it is not a folder", path.display()))),
        Err(why) => {
            Err(OptionError(format!("--static {}: {why}; name a folder that is there", path.display())))
        }
    }
}
