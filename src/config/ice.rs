//! Servers that help WebRTC through what is between a viewer and us.

/// A STUN or TURN server, for viewers.
#[derive(Clone, PartialEq, Eq)]
pub struct IceServer {
    /// Its address, as in RFC 7064 and 7065.
    pub url: String,
    /// User and password; TURN wants them.
    pub credentials: Option<(String, String)>,
}

impl std::fmt::Debug for IceServer {
    /// Without the password, which is nothing for a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IceServer").field("url", &self.url).finish_non_exhaustive()
    }
}
