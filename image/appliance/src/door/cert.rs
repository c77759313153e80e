//! The key and its certificate, which this device signs itself: who trusts it once is told when it is another device.
//!
//! What must always hold: the key is made on the device, at its first start, and stays. The certificate names the device as it is called now
//! and is good for [`SPARE`] to come; else a new one, for the same key, takes its place without a connection being lost.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ::ring::digest;
use nix::ifaddrs::getifaddrs;
use rcgen::{
    CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose, SanType, SerialNumber,
};
use tokio::time::sleep;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::client::danger::ServerCertVerifier;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use tokio_rustls::rustls::{self, RootCertStore, ServerConfig};

use super::store::{self, read, write};
use super::{random, validity};

const KEY: &str = "key.der";
const CERTIFICATE: &str = "certificate.der";

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Longer is not taken by all browsers.
const GOOD_FOR: Duration = Duration::from_secs(825 * 24 * 60 * 60);
/// A certificate that ends sooner is replaced.
const SPARE: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// How often that is looked at: a board without a clock learns the time after its start.
const LOOK: Duration = Duration::from_secs(60 * 60);
/// More are not named.
const ADDRESSES: usize = 16;

/// Why there is no HTTPS.
#[derive(Debug, thiserror::Error)]
pub enum CertError {
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] store::FileError),
    /// The machine has no name that can stand in a certificate.
    #[error(
        "cannot make a certificate for a machine called {0:?}: {1}; give it a name of letters, digits and dashes (/etc/hostname)"
    )]
    Name(String, String),
    /// The TLS library refused its own key.
    #[error("cannot make a key: {0}")]
    Key(#[from] rcgen::Error),
    /// The same, in its own words.
    #[error("cannot use the certificate: {0}")]
    Tls(#[from] rustls::Error),
}

/// Of a certificate, what its owner compares with what the browser shows.
pub struct Shown {
    /// SHA-256, two digits a byte.
    pub fingerprint: String,
    /// The day that it ends on.
    pub until: String,
}

/// The key and the certificate of now.
pub struct Keeper {
    folder: PathBuf,
    key: KeyPair,
    /// `None`: the next connection gets a new certificate. Then the machine has addresses, which at its first start come late.
    now: Mutex<Option<(CertificateDer<'static>, TlsAcceptor)>>,
}

impl Keeper {
    /// As they lie in `folder`. A missing key is made.
    ///
    /// # Errors
    /// When they cannot be kept or made.
    pub fn new(folder: &Path) -> Result<Self, CertError> {
        let key = key(folder)?;
        let there = read(folder, CERTIFICATE)?.map(CertificateDer::from);
        // One that is of another key will not do, either.
        let now = there.and_then(|there| Some((there.clone(), acceptor(&key, there).ok()?)));
        let keeper = Self { folder: folder.to_owned(), key, now: Mutex::new(now) };
        keeper.look(SystemTime::now());
        Ok(keeper)
    }

    /// What greets the next connection.
    ///
    /// # Errors
    /// When a certificate is to be made, and cannot be.
    pub fn acceptor(&self) -> Result<TlsAcceptor, CertError> {
        self.of_now(|_, acceptor| acceptor.clone())
    }

    /// What the next connection sees of the certificate.
    ///
    /// # Errors
    /// When one is to be made, and cannot be.
    pub fn shown(&self) -> Result<Shown, CertError> {
        self.of_now(|certificate, _| Shown {
            fingerprint: fingerprint(certificate),
            until: validity::until(certificate).unwrap_or_default(),
        })
    }

    fn of_now<T>(
        &self,
        of: impl FnOnce(&CertificateDer<'static>, &TlsAcceptor) -> T,
    ) -> Result<T, CertError> {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((certificate, acceptor)) = &*now {
            return Ok(of(certificate, acceptor));
        }
        let certificate = make(&self.folder, &self.key)?;
        let (certificate, acceptor) = now.insert((certificate.clone(), acceptor(&self.key, certificate)?));
        Ok(of(certificate, acceptor))
    }

    /// Sees to it that the certificate is always good. Never returns.
    pub async fn renew(&self) {
        loop {
            sleep(LOOK).await;
            self.look(SystemTime::now());
        }
    }

    /// A certificate that will not do any more is used no more.
    fn look(&self, at: SystemTime) {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        if now.as_ref().is_some_and(|(certificate, _)| !will_do(certificate, &hostname(), at)) {
            *now = None;
        }
    }
}

/// ECDSA with P-256: what every browser takes, and a small board does quickly.
fn key(folder: &Path) -> Result<KeyPair, CertError> {
    if let Some(bytes) = read(folder, KEY)? {
        match KeyPair::try_from(bytes) {
            Ok(key) => return Ok(key),
            Err(why) => eprintln!(
                "{} is damaged ({why}): making a new key, which browsers will warn of",
                folder.join(KEY).display()
            ),
        }
    }
    let key = KeyPair::generate()?;
    write(folder, KEY, key.serialized_der())?;
    Ok(key)
}

/// SHA-256, as browsers show it.
fn fingerprint(certificate: &[u8]) -> String {
    let hash = digest::digest(&digest::SHA256, certificate);
    hash.as_ref().iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().join(":")
}

/// The name that the machine has now.
pub fn hostname() -> String {
    nix::unistd::gethostname().ok().and_then(|name| name.into_string().ok()).unwrap_or_default()
}

/// What the machine is called: its name, that by multicast DNS, and itself.
fn names(hostname: &str) -> Vec<String> {
    let label = hostname.split('.').next().unwrap_or_default();
    let mut names = vec![hostname.to_owned(), format!("{label}.local"), "localhost".to_owned()];
    if label.is_empty() {
        names = vec!["localhost".to_owned()];
    }
    names.sort_unstable();
    names.dedup();
    names
}

/// Addresses of now that others may use.
fn addresses() -> Vec<IpAddr> {
    let all = getifaddrs().into_iter().flatten().filter_map(|interface| interface.address);
    let mut addresses: Vec<IpAddr> = all
        .filter_map(|address| {
            let v4 = address.as_sockaddr_in().map(|v4| IpAddr::V4(v4.ip()));
            v4.or_else(|| address.as_sockaddr_in6().map(|v6| IpAddr::V6(v6.ip())))
        })
        .filter(|address| match address {
            IpAddr::V4(v4) => !v4.is_loopback(),
            // An address of one link needs the link's name beside it, which no certificate has.
            IpAddr::V6(v6) => !v6.is_loopback() && !v6.is_unicast_link_local(),
        })
        .collect();
    addresses.sort_unstable();
    addresses.dedup();
    addresses.truncate(ADDRESSES);
    addresses
}

/// A certificate of this key for the machine as it is now, kept.
fn make(folder: &Path, key: &KeyPair) -> Result<CertificateDer<'static>, CertError> {
    let addresses = addresses();
    let certificate = sign(key, &hostname(), &addresses, SystemTime::now())?;
    write(folder, CERTIFICATE, &certificate)?;
    eprintln!("a new certificate, for {} and {addresses:?}", names(&hostname()).join(", "));
    Ok(certificate)
}

fn sign(
    key: &KeyPair,
    hostname: &str,
    addresses: &[IpAddr],
    now: SystemTime,
) -> Result<CertificateDer<'static>, CertError> {
    let mut wanted = CertificateParams::new(names(hostname))
        .map_err(|why| CertError::Name(hostname.to_owned(), why.to_string()))?;
    wanted.subject_alt_names.push(SanType::IpAddress(IpAddr::from([127, 0, 0, 1])));
    wanted.subject_alt_names.extend(addresses.iter().map(|address| SanType::IpAddress(*address)));
    wanted.distinguished_name.push(DnType::CommonName, names(hostname).first().cloned().unwrap_or_default());
    wanted.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    wanted.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    // Browsers refuse two certificates of one issuer with the same number. A positive one: the first bit is the sign.
    let mut serial: [u8; 16] = random::bytes();
    serial[0] = serial[0] & 0x7f | 0x40;
    wanted.serial_number = Some(SerialNumber::from_slice(&serial));
    let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    let epoch = rcgen::date_time_ymd(1970, 1, 1);
    wanted.not_before = epoch + since.saturating_sub(DAY);
    wanted.not_after = epoch + since.saturating_sub(DAY) + GOOD_FOR;
    Ok(wanted.self_signed(key)?.der().clone())
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

/// Whether a browser that trusts this certificate will still take it for the machine, by each of its names, in [`SPARE`] from now.
fn will_do(certificate: &CertificateDer<'static>, hostname: &str, now: SystemTime) -> bool {
    let verifier = || {
        let mut roots = RootCertStore::empty();
        roots.add(certificate.clone()).ok()?;
        WebPkiServerVerifier::builder_with_provider(roots.into(), provider()).build().ok()
    };
    let Some(verifier) = verifier() else { return false };
    let then = UnixTime::since_unix_epoch((now + SPARE).duration_since(UNIX_EPOCH).unwrap_or_default());
    names(hostname).into_iter().all(|name| {
        ServerName::try_from(name)
            .is_ok_and(|name| verifier.verify_server_cert(certificate, &[], &name, &[], then).is_ok())
    })
}

/// TLS 1.2 and 1.3; HTTP/1.1, the only one that takes WebSockets everywhere.
fn acceptor(key: &KeyPair, certificate: CertificateDer<'static>) -> Result<TlsAcceptor, CertError> {
    let key = PrivatePkcs8KeyDer::from(key.serialized_der().to_vec());
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key.into())?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::door::store::tests::Folder;

    fn soon(days: u64) -> SystemTime {
        SystemTime::now() + DAY * u32::try_from(days).unwrap()
    }

    #[test]
    fn a_certificate_is_good_for_its_names_and_its_time() {
        let key = KeyPair::generate().unwrap();
        let there = sign(&key, "kvm", &[IpAddr::from([192, 0, 2, 7])], SystemTime::now()).unwrap();
        assert!(will_do(&there, "kvm", SystemTime::now()));
        assert!(will_do(&there, "kvm.local", SystemTime::now()));
        assert!(!will_do(&there, "other", SystemTime::now()), "the machine has another name now");
        assert!(will_do(&there, "kvm", soon(793)));
        assert!(!will_do(&there, "kvm", soon(795)), "it ends within thirty days");
        assert!(!will_do(&CertificateDer::from(vec![1, 2, 3]), "kvm", SystemTime::now()), "none at all");
    }

    #[test]
    fn a_name_with_a_domain_and_none_at_all() {
        assert_eq!(names("kvm"), ["kvm", "kvm.local", "localhost"]);
        assert_eq!(names("kvm.example.org"), ["kvm.example.org", "kvm.local", "localhost"]);
        assert_eq!(names(""), ["localhost"]);
        assert_eq!(names("localhost"), ["localhost", "localhost.local"]);
        assert!(sign(&KeyPair::generate().unwrap(), "küche", &[], SystemTime::now()).is_err());
    }

    #[test]
    fn the_key_stays_and_the_certificate_is_renewed() {
        let folder = Folder::new();
        let files = || (read(&folder.0, KEY).unwrap(), read(&folder.0, CERTIFICATE).unwrap());
        // What a connection would be greeted with.
        let greet = |keeper: &Keeper| {
            keeper.acceptor().unwrap();
            files()
        };
        let keeper = Keeper::new(&folder.0).unwrap();
        assert!(files().0.is_some() && files().1.is_none(), "nobody has come yet");
        let (key, first) = greet(&keeper);
        assert_eq!(
            greet(&Keeper::new(&folder.0).unwrap()),
            (key.clone(), first.clone()),
            "a restart changes nothing"
        );
        keeper.look(SystemTime::now());
        assert_eq!(greet(&keeper), (key.clone(), first.clone()), "it is still good");
        keeper.look(soon(800));
        let (same, second) = greet(&keeper);
        assert_eq!(same, key);
        assert!(second.is_some() && second != first);
        // Another key's certificate, and a broken key.
        let stranger = sign(&KeyPair::generate().unwrap(), &hostname(), &[], SystemTime::now()).unwrap();
        write(&folder.0, CERTIFICATE, &stranger).unwrap();
        let (same, third) = greet(&Keeper::new(&folder.0).unwrap());
        assert_eq!(same, key);
        assert_ne!(third.as_deref(), Some(&*stranger));
        write(&folder.0, KEY, b"broken").unwrap();
        let (new, fourth) = greet(&Keeper::new(&folder.0).unwrap());
        assert!(new.as_deref() != Some(&b"broken"[..]) && new != key && fourth != third);
    }
}
