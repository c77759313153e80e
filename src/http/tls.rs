//! HTTPS (`--tls-cert`, `--tls-key`), by rustls.

use std::path::Path;
use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, pem};

use crate::config::Tls;

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The certificate or the key cannot be read.
    #[error("{option} {path}: {why}; name a readable file in PEM form")]
    File {
        /// Which one.
        option: &'static str,
        /// The file.
        path: String,
        /// What is wrong with it.
        why: pem::Error,
    },
    /// The two do not work together.
    #[error("--tls-cert and --tls-key: {0}; take a certificate and the key that it was made for")]
    Pair(#[from] tokio_rustls::rustls::Error),
}

/// What greets connections.
///
/// # Errors
/// When the files cannot be read or do not belong together.
pub fn acceptor(tls: &Tls) -> Result<TlsAcceptor, TlsError> {
    let bad = |option, path: &Path| {
        let path = path.display().to_string();
        move |why| TlsError::File { option, path, why }
    };
    let certificates: Vec<_> = CertificateDer::pem_file_iter(&tls.certificate)
        .and_then(Iterator::collect)
        .map_err(bad("--tls-cert", &tls.certificate))?;
    if certificates.is_empty() {
        return Err(bad("--tls-cert", &tls.certificate)(pem::Error::NoItemsFound));
    }
    let key = PrivateKeyDer::from_pem_file(&tls.key).map_err(bad("--tls-key", &tls.key))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(certificates, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
