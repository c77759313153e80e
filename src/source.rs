//! Where frames come from. Whatever it is, it gives [`Frame`]s: pictures with the moment they were captured.

pub mod components;
pub mod convert;
pub mod font;
pub mod frame;
pub mod h264;
pub mod jpeg;
pub mod picture;
pub mod placeholder;
pub mod test_picture;

pub use frame::{Frame, Meta, Pixels};
pub use picture::Picture;
pub use test_picture::TestPicture;
