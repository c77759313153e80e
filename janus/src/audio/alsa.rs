//! The border to libasound, which is loaded when sound is first wanted: where it is missing, there is no sound, and
//! all the rest goes on.
//!
//! What must always hold: a [`Pcm`] is open, set up for 16-bit stereo at its rate, and used by one thread; nothing
//! here waits longer than it was told.
#![allow(unsafe_code)]

use libc::{RTLD_LOCAL, RTLD_NOW, dlopen, dlsym};
use std::ffi::{CStr, CString, c_char, c_int, c_long, c_uint, c_ulong, c_void};
use std::mem::{size_of, transmute_copy};
use std::ptr::{self, NonNull};
use std::sync::OnceLock;
use std::time::Duration;

const LIBRARY: &CStr = c"libasound.so.2";
/// Left and right.
pub const CHANNELS: usize = 2;

/// `snd_pcm_stream_t`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// To a loudspeaker.
    Playback = 0,
    /// From a microphone, or from HDMI.
    Capture = 1,
}

/// `SND_PCM_NONBLOCK`.
const NONBLOCK: c_int = 1;
/// `SND_PCM_ACCESS_RW_INTERLEAVED`.
const INTERLEAVED: c_int = 3;
/// `SND_PCM_FORMAT_S16_LE`.
const S16_LE: c_int = 2;

/// How often a device is taken at its word that it is ready, though it is not.
const TRIES: u32 = 3;

/// Why there is no sound.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AlsaError {
    /// libasound is not there.
    #[error("libasound cannot be loaded ({0}); install libasound2 (Debian 13: libasound2t64)")]
    NoLibrary(String),
    /// A device cannot be opened.
    #[error("cannot open the sound device '{device}': {reason}; {remedy}")]
    Open {
        /// Its name.
        device: String,
        /// libasound's words.
        reason: String,
        /// What helps.
        remedy: &'static str,
    },
    /// A device does not take our format.
    #[error(
        "cannot set the sound device '{device}' up ({what}): {reason}; try it with `arecord` or `aplay`, or name another device"
    )]
    Setup {
        /// Its name.
        device: String,
        /// What it refused.
        what: &'static str,
        /// libasound's words.
        reason: String,
    },
    /// A device that was open fails.
    #[error(
        "the sound device '{device}' failed: {reason}; it is tried again, look whether it is still plugged in"
    )]
    Failed {
        /// Its name.
        device: String,
        /// libasound's words.
        reason: String,
    },
}

type Handle = *mut c_void;
type Params = *mut c_void;
type SetOne = unsafe extern "C" fn(Handle, Params, c_uint) -> c_int;
type SetNear = unsafe extern "C" fn(Handle, Params, *mut c_uint, *mut c_int) -> c_int;

/// What is used of libasound.
struct Library {
    open: unsafe extern "C" fn(*mut Handle, *const c_char, c_int, c_int) -> c_int,
    close: unsafe extern "C" fn(Handle) -> c_int,
    params_malloc: unsafe extern "C" fn(*mut Params) -> c_int,
    params_free: unsafe extern "C" fn(Params),
    params_any: unsafe extern "C" fn(Handle, Params) -> c_int,
    set_resample: SetOne,
    set_access: unsafe extern "C" fn(Handle, Params, c_int) -> c_int,
    set_format: unsafe extern "C" fn(Handle, Params, c_int) -> c_int,
    set_channels: SetOne,
    set_rate_near: SetNear,
    set_period_near: SetNear,
    set_buffer_near: SetNear,
    params: unsafe extern "C" fn(Handle, Params) -> c_int,
    readi: unsafe extern "C" fn(Handle, *mut c_void, c_ulong) -> c_long,
    writei: unsafe extern "C" fn(Handle, *const c_void, c_ulong) -> c_long,
    recover: unsafe extern "C" fn(Handle, c_int, c_int) -> c_int,
    wait: unsafe extern "C" fn(Handle, c_int) -> c_int,
    delay: unsafe extern "C" fn(Handle, *mut c_long) -> c_int,
    strerror: unsafe extern "C" fn(c_int) -> *const c_char,
}

/// Looks a function up.
///
/// # Safety
/// `T` is a pointer to a function that fits the symbol.
unsafe fn function<T: Copy>(library: NonNull<c_void>, name: &CStr) -> Result<T, AlsaError> {
    const { assert!(size_of::<T>() == size_of::<*mut c_void>()) };
    // SAFETY: an open library and a C string.
    let found = unsafe { dlsym(library.as_ptr(), name.as_ptr()) };
    if found.is_null() {
        return Err(AlsaError::NoLibrary(format!("it has no {}", name.to_string_lossy())));
    }
    // SAFETY: sizes are equal (asserted), the address is not null, and the caller vouches for the type.
    Ok(unsafe { transmute_copy(&found) })
}

impl Library {
    /// Loads it once; a failure is tried again the next time, for it may be installed meanwhile.
    fn get() -> Result<&'static Library, AlsaError> {
        static LOADED: OnceLock<Library> = OnceLock::new();
        if let Some(library) = LOADED.get() {
            return Ok(library);
        }
        let library = Library::load()?;
        Ok(LOADED.get_or_init(|| library))
    }

    fn load() -> Result<Library, AlsaError> {
        // SAFETY: a C string; libasound's initialization does nothing but that. It is never unloaded.
        let library = unsafe { dlopen(LIBRARY.as_ptr(), RTLD_NOW | RTLD_LOCAL) };
        let Some(library) = NonNull::new(library) else {
            // SAFETY: dlerror gives a C string of this thread's, or null.
            let reason = unsafe { libc::dlerror().as_ref().map(|text| CStr::from_ptr(text)) };
            let reason = reason.map_or("no reason given".into(), CStr::to_string_lossy);
            return Err(AlsaError::NoLibrary(reason.into_owned()));
        };
        // SAFETY: each type is that of the function in alsa/pcm.h.
        unsafe {
            Ok(Library {
                open: function(library, c"snd_pcm_open")?,
                close: function(library, c"snd_pcm_close")?,
                params_malloc: function(library, c"snd_pcm_hw_params_malloc")?,
                params_free: function(library, c"snd_pcm_hw_params_free")?,
                params_any: function(library, c"snd_pcm_hw_params_any")?,
                set_resample: function(library, c"snd_pcm_hw_params_set_rate_resample")?,
                set_access: function(library, c"snd_pcm_hw_params_set_access")?,
                set_format: function(library, c"snd_pcm_hw_params_set_format")?,
                set_channels: function(library, c"snd_pcm_hw_params_set_channels")?,
                set_rate_near: function(library, c"snd_pcm_hw_params_set_rate_near")?,
                set_period_near: function(library, c"snd_pcm_hw_params_set_period_time_near")?,
                set_buffer_near: function(library, c"snd_pcm_hw_params_set_buffer_time_near")?,
                params: function(library, c"snd_pcm_hw_params")?,
                readi: function(library, c"snd_pcm_readi")?,
                writei: function(library, c"snd_pcm_writei")?,
                recover: function(library, c"snd_pcm_recover")?,
                wait: function(library, c"snd_pcm_wait")?,
                delay: function(library, c"snd_pcm_delay")?,
                strerror: function(library, c"snd_strerror")?,
            })
        }
    }

    fn words(&self, error: c_int) -> String {
        // SAFETY: libasound gives a constant C string for every number.
        unsafe { CStr::from_ptr((self.strerror)(error)) }.to_string_lossy().into_owned()
    }
}

/// What came of reading or writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moved {
    /// So many frames, at least one.
    Frames(usize),
    /// None within the time given.
    Nothing,
    /// The device ran over, or empty: what was between is lost, and it goes on.
    Gap,
}

/// An open device.
pub struct Pcm {
    library: &'static Library,
    handle: NonNull<c_void>,
    device: String,
    rate: u32,
}

// SAFETY: libasound wants a PCM to be used by one thread at a time, which `&mut self` keeps.
unsafe impl Send for Pcm {}

/// Whether a device can be opened, or could if nobody else had it.
pub fn is_there(device: &str, direction: Direction) -> bool {
    let Ok(library) = Library::get() else { return false };
    let Ok(name) = CString::new(device) else { return false };
    let mut handle = ptr::null_mut();
    // SAFETY: a place for the handle and a C string; what was opened is closed.
    unsafe {
        match (library.open)(&mut handle, name.as_ptr(), direction as c_int, NONBLOCK) {
            0 => (library.close)(handle) == 0,
            error => error == -libc::EBUSY,
        }
    }
}

/// The device behind ALSA's conversion of formats, channels and, where we want that, rates.
fn converted(device: &str) -> String {
    // What has quotes of its own is more than a name.
    if device.contains(['\'', '{']) { device.to_owned() } else { format!("plug:'{device}'") }
}

impl Pcm {
    /// Opens a device as 16-bit stereo at `rate` Hz (or, to capture, the nearest that it has itself), with so large
    /// periods and a buffer of so many of them.
    ///
    /// # Errors
    /// When there is no such device, or it is in use, or takes nothing like it.
    pub fn open(
        device: &str,
        direction: Direction,
        rate: u32,
        period: Duration,
        periods: u32,
    ) -> Result<Pcm, AlsaError> {
        let library = Library::get()?;
        let name = CString::new(converted(device)).unwrap_or_default();
        let mut handle = ptr::null_mut();
        // SAFETY: a place for the handle and a C string.
        let opened = unsafe { (library.open)(&mut handle, name.as_ptr(), direction as c_int, NONBLOCK) };
        let handle = NonNull::new(handle).filter(|_| opened == 0).ok_or_else(|| AlsaError::Open {
            device: device.to_owned(),
            reason: library.words(opened),
            remedy: remedy(-opened),
        })?;
        let mut pcm = Pcm { library, handle, device: device.to_owned(), rate };
        // Loudspeakers take what there is; a microphone's samples are resampled better than by ALSA itself.
        pcm.set_up(direction == Direction::Playback, period, periods)?;
        Ok(pcm)
    }

    fn set_up(&mut self, resampled: bool, period: Duration, periods: u32) -> Result<(), AlsaError> {
        let (library, handle) = (self.library, self.handle.as_ptr());
        let mut params = ptr::null_mut();
        // SAFETY: a place for the pointer.
        if unsafe { (library.params_malloc)(&mut params) } != 0 {
            return Err(self.refused("memory", -libc::ENOMEM));
        }
        let mut period = c_uint::try_from(period.as_micros()).unwrap_or(c_uint::MAX);
        let mut buffer = period.saturating_mul(periods);
        // SAFETY: an open device, parameters that live until they are freed below, and places for what is near.
        let done = unsafe {
            let near = |set: SetNear, value: &mut c_uint| set(handle, params, value, ptr::null_mut());
            let steps: [(&'static str, &mut dyn FnMut() -> c_int); 9] = [
                ("parameters", &mut || (library.params_any)(handle, params).min(0)),
                ("resampling", &mut || (library.set_resample)(handle, params, resampled.into())),
                ("interleaved access", &mut || (library.set_access)(handle, params, INTERLEAVED)),
                ("16-bit samples", &mut || (library.set_format)(handle, params, S16_LE)),
                ("stereo", &mut || (library.set_channels)(handle, params, CHANNELS as c_uint)),
                ("rate", &mut || near(library.set_rate_near, &mut self.rate)),
                ("period", &mut || near(library.set_period_near, &mut period)),
                ("buffer", &mut || near(library.set_buffer_near, &mut buffer)),
                ("all together", &mut || (library.params)(handle, params)),
            ];
            let failed = steps.into_iter().map(|(what, step)| (what, step())).find(|step| step.1 < 0);
            (library.params_free)(params);
            failed
        };
        done.map_or(Ok(()), |(what, error)| Err(self.refused(what, error)))
    }

    /// Frames a second.
    pub fn rate(&self) -> u32 {
        self.rate
    }

    /// Reads frames of two samples, as many as there are, at most what `to` holds; waits for them at most this long.
    ///
    /// # Errors
    /// When the device is gone.
    pub fn read(&mut self, to: &mut [i16], patience: Duration) -> Result<Moved, AlsaError> {
        let (frames, start) = ((to.len() / CHANNELS) as c_ulong, to.as_mut_ptr());
        self.transfer(patience, |library, handle| {
            // SAFETY: an open device, and memory for so many frames.
            unsafe { (library.readi)(handle, start.cast(), frames) }
        })
    }

    /// Writes frames of two samples, as many as there is room for; waits for that at most this long.
    ///
    /// # Errors
    /// When the device is gone.
    pub fn write(&mut self, from: &[i16], patience: Duration) -> Result<Moved, AlsaError> {
        let (frames, start) = ((from.len() / CHANNELS) as c_ulong, from.as_ptr());
        self.transfer(patience, |library, handle| {
            // SAFETY: an open device, and so many frames.
            unsafe { (library.writei)(handle, start.cast(), frames) }
        })
    }

    fn transfer(
        &mut self,
        patience: Duration,
        mut step: impl FnMut(&Library, Handle) -> c_long,
    ) -> Result<Moved, AlsaError> {
        let patience = c_int::try_from(patience.as_millis()).unwrap_or(c_int::MAX);
        for _ in 0..TRIES {
            let moved = step(self.library, self.handle.as_ptr());
            match usize::try_from(moved) {
                Ok(frames @ 1..) => return Ok(Moved::Frames(frames)),
                Err(_) if moved != -c_long::from(libc::EAGAIN) => {
                    return self.recover(c_int::try_from(moved).unwrap_or(-libc::EIO));
                }
                _ => {}
            }
            // SAFETY: an open device.
            match unsafe { (self.library.wait)(self.handle.as_ptr(), patience) } {
                0 => break,
                1.. => {}
                error => return self.recover(error),
            }
        }
        Ok(Moved::Nothing)
    }

    /// Overruns, underruns and a suspended machine are got over; the rest is not.
    fn recover(&mut self, error: c_int) -> Result<Moved, AlsaError> {
        // SAFETY: an open device.
        let left = unsafe { (self.library.recover)(self.handle.as_ptr(), error, 1) };
        if left < 0 { Err(self.failed(left)) } else { Ok(Moved::Gap) }
    }

    /// Frames between the device's end of its buffer and ours, now: captured and not read, or written and not heard.
    pub fn delay(&mut self) -> usize {
        let mut frames = 0;
        // SAFETY: an open device and a place for the number.
        let asked = unsafe { (self.library.delay)(self.handle.as_ptr(), &mut frames) };
        if asked == 0 { usize::try_from(frames).unwrap_or(0) } else { 0 }
    }

    fn refused(&self, what: &'static str, error: c_int) -> AlsaError {
        AlsaError::Setup { device: self.device.clone(), what, reason: self.library.words(error) }
    }

    fn failed(&self, error: c_int) -> AlsaError {
        AlsaError::Failed { device: self.device.clone(), reason: self.library.words(error) }
    }
}

impl Drop for Pcm {
    fn drop(&mut self) {
        // SAFETY: an open device, closed once.
        unsafe { (self.library.close)(self.handle.as_ptr()) };
    }
}

fn remedy(errno: c_int) -> &'static str {
    match errno {
        libc::EBUSY => "another program has it: end that one, or share the device by ALSA's dsnoop or dmix",
        libc::EACCES | libc::EPERM => "add Janus's user to the group 'audio'",
        _ => "`arecord -L` and `aplay -L` list those there are",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_put_behind_the_conversion_unless_they_are_more_than_names() {
        assert_eq!(converted("hw:tc358743,0"), "plug:'hw:tc358743,0'");
        assert_eq!(converted("plug:{SLAVE=\"hw:1\"}"), "plug:{SLAVE=\"hw:1\"}");
    }

    #[test]
    fn a_device_that_is_not_there_is_named_with_a_remedy() {
        let opened = Pcm::open("hw:nowhere", Direction::Capture, 48_000, Duration::from_millis(10), 10);
        let error = opened.err().map(|error| error.to_string()).unwrap_or_default();
        assert!(error.contains("'hw:nowhere'") && error.contains("arecord -L"), "{error}");
        assert!(!is_there("hw:nowhere", Direction::Capture));
    }

    /// ALSA's own device that swallows all, and gives as much as is wanted of nothing. (Real ones: `tests/vm/sound.test.mjs`.)
    #[test]
    fn a_device_is_opened_read_and_written() {
        let open = |direction| Pcm::open("null", direction, 44_100, Duration::from_millis(10), 10).unwrap();
        assert!(is_there("null", Direction::Playback));
        let (mut microphone, mut loudspeaker) = (open(Direction::Capture), open(Direction::Playback));
        assert_eq!(microphone.rate(), 44_100);
        let mut samples = [0; 882];
        assert_eq!(microphone.read(&mut samples, Duration::ZERO), Ok(Moved::Frames(441)));
        assert_eq!(loudspeaker.write(&samples, Duration::ZERO), Ok(Moved::Frames(441)));
    }
}
