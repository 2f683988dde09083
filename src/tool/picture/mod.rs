//! Pictures that people send: checked, turned upright, stripped of everything that is not
//! picture (the place and time a telephone writes into it above all), and made small enough for
//! pages.

mod jpeg;
#[cfg(test)]
mod tests;

use std::fmt;
use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{DynamicImage, ExtendedColorType, ImageDecoder, ImageFormat, ImageReader};
use sha2::{Digest, Sha256};

use crate::text::Tongue;

/// The longer side of [`Picture::large`], at most, in pixels.
pub const LARGE_SIDE: u32 = 2048;
/// The longer side of [`Picture::small`], at most, in pixels.
pub const SMALL_SIDE: u32 = 640;
const QUALITY: u8 = 82;

/// How much a picture may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Size of the file in bytes.
    pub bytes: usize,
    /// Length of a side in pixels.
    pub side: u32,
    /// Pixels altogether.
    pub pixels: u64,
    /// Memory for the decoded picture in bytes.
    pub memory: u64,
}

impl Default for Limits {
    /// 25 MiB, 12,000 pixels a side, 60 million pixels, 512 MiB of memory.
    fn default() -> Self {
        Limits { bytes: 25 * 1024 * 1024, side: 12_000, pixels: 60_000_000, memory: 512 * 1024 * 1024 }
    }
}

/// A picture fit for pages, without any metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// JPEG of at most [`LARGE_SIDE`] pixels a side; never larger than the original.
    pub large: Vec<u8>,
    /// JPEG of at most [`SMALL_SIDE`] pixels a side; never larger than the original.
    pub small: Vec<u8>,
    /// Width of `large` in pixels, upright.
    pub width: u32,
    /// Height of `large` in pixels, upright.
    pub height: u32,
    /// SHA-256 of the original file, in lower-case hex.
    pub sha256: String,
}

/// Why a file is not taken as a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PictureError {
    /// The file is larger than allowed.
    TooLarge {
        /// Its size in bytes.
        bytes: usize,
        /// The most allowed, in bytes.
        limit: usize,
    },
    /// The content is neither JPEG nor PNG nor WebP.
    NotPicture,
    /// The content claims to be a picture, but is damaged or cut off.
    Broken {
        /// What the decoder said, for the log.
        detail: String,
    },
    /// More pixels than allowed.
    TooManyPixels {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// The longest side allowed, in pixels.
        side: u32,
        /// The most pixels allowed.
        pixels: u64,
    },
    /// The picture could not be written.
    Encode {
        /// What the encoder said, for the log.
        detail: String,
    },
}

impl PictureError {
    /// What happened and what to do.
    pub fn text(&self, tongue: Tongue) -> String {
        match (self, tongue) {
            (PictureError::TooLarge { bytes, limit }, Tongue::Vi) => {
                format!("Ảnh lớn {} MB, quá giới hạn {} MB. Hãy giảm kích thước ảnh rồi gửi lại.", bytes.div_ceil(1 << 20), limit >> 20)
            }
            (PictureError::TooLarge { bytes, limit }, Tongue::En) => format!(
                "The picture has {} MB, more than the {} MB allowed. Make it smaller and send it again.",
                bytes.div_ceil(1 << 20),
                limit >> 20
            ),
            (PictureError::NotPicture, Tongue::Vi) => {
                "Tệp không phải là ảnh JPEG, PNG hoặc WebP. Hãy chọn tệp ảnh thuộc một trong các dạng đó.".into()
            }
            (PictureError::NotPicture, Tongue::En) => {
                "The file is not a JPEG, PNG or WebP picture. Choose a picture of one of these kinds.".into()
            }
            (PictureError::Broken { .. }, Tongue::Vi) => "Ảnh bị hỏng hoặc tải lên chưa trọn vẹn. Hãy gửi lại ảnh gốc.".into(),
            (PictureError::Broken { .. }, Tongue::En) => "The picture is damaged or did not arrive whole. Send the original again.".into(),
            (PictureError::TooManyPixels { width, height, side, pixels }, Tongue::Vi) => format!(
                "Ảnh có {width} × {height} điểm ảnh, quá giới hạn {side} điểm mỗi cạnh và {} triệu điểm tất cả. Hãy thu nhỏ ảnh rồi gửi lại.",
                pixels / 1_000_000
            ),
            (PictureError::TooManyPixels { width, height, side, pixels }, Tongue::En) => format!(
                "The picture has {width} × {height} pixels, more than the {side} a side and {} million in all allowed. Scale it down and send it again.",
                pixels / 1_000_000
            ),
            (PictureError::Encode { .. }, Tongue::Vi) => "Không xử lý được ảnh. Hãy thử lại; nếu vẫn lỗi, hãy báo người quản trị.".into(),
            (PictureError::Encode { .. }, Tongue::En) => {
                "The picture could not be processed. Try again; if it still fails, tell the administrator.".into()
            }
        }
    }
}

impl fmt::Display for PictureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PictureError::Broken { detail } | PictureError::Encode { detail } => {
                write!(f, "{} ({detail})", self.text(Tongue::En))
            }
            _ => f.write_str(&self.text(Tongue::En)),
        }
    }
}

impl std::error::Error for PictureError {}

/// Makes a picture fit for pages from a JPEG, PNG or WebP file, told by its content. It is
/// turned upright as its EXIF orientation says, transparent parts become white, of an animation
/// the first image stays, and nothing but the pixels is kept.
///
/// This computes for up to some seconds; call it where that does not hold up others.
///
/// # Errors
/// [`PictureError`]: too large, no such picture, damaged or cut off, or too many pixels.
pub fn clean(bytes: &[u8], limits: &Limits) -> Result<Picture, PictureError> {
    if bytes.len() > limits.bytes {
        return Err(PictureError::TooLarge { bytes: bytes.len(), limit: limits.bytes });
    }
    let (image, orientation) = decoded(bytes, limits)?;
    let mut large = shrunk(image, LARGE_SIDE);
    large.apply_orientation(orientation);
    let large = on_white(large);
    let (width, height) = (large.width(), large.height());
    let large_file = encoded(&large)?;
    let small_file = encoded(&shrunk(large, SMALL_SIDE))?;
    Ok(Picture {
        large: large_file,
        small: small_file,
        width,
        height,
        sha256: Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect(),
    })
}

fn decoded(bytes: &[u8], limits: &Limits) -> Result<(DynamicImage, Orientation), PictureError> {
    let format = format(bytes).ok_or(PictureError::NotPicture)?;
    if format == ImageFormat::Jpeg && !jpeg::is_whole(bytes) {
        return Err(PictureError::Broken { detail: "no end of image".into() });
    }
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut memory = image::Limits::default();
    memory.max_alloc = Some(limits.memory);
    reader.limits(memory);
    let mut decoder = reader.into_decoder().map_err(broken)?;
    let (width, height) = decoder.dimensions();
    let fits =
        width.max(height) <= limits.side && u64::from(width) * u64::from(height) <= limits.pixels && decoder.total_bytes() <= limits.memory;
    if !fits {
        return Err(PictureError::TooManyPixels { width, height, side: limits.side, pixels: limits.pixels });
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let image = DynamicImage::from_decoder(decoder).map_err(broken)?;
    Ok((image, orientation))
}

fn format(bytes: &[u8]) -> Option<ImageFormat> {
    match bytes {
        [0xff, 0xd8, 0xff, ..] => Some(ImageFormat::Jpeg),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(ImageFormat::Png),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(ImageFormat::WebP),
        _ => None,
    }
}

fn broken(error: image::ImageError) -> PictureError {
    PictureError::Broken { detail: error.to_string() }
}

fn shrunk(image: DynamicImage, side: u32) -> DynamicImage {
    if image.width().max(image.height()) <= side {
        return image;
    }
    image.resize(side, side, FilterType::Triangle)
}

/// The picture without transparency, as it looks on white paper.
fn on_white(image: DynamicImage) -> DynamicImage {
    if !image.color().has_alpha() {
        return DynamicImage::ImageRgb8(image.into_rgb8());
    }
    let mut image = image.into_rgba8();
    for pixel in image.pixels_mut() {
        let [colours @ .., alpha] = &mut pixel.0;
        for colour in colours {
            let shade = u16::from(*colour) * u16::from(*alpha) + 255 * (255 - u16::from(*alpha));
            *colour = u8::try_from((shade + 127) / 255).unwrap_or(u8::MAX);
        }
        *alpha = u8::MAX;
    }
    DynamicImage::ImageRgb8(DynamicImage::ImageRgba8(image).into_rgb8())
}

fn encoded(image: &DynamicImage) -> Result<Vec<u8>, PictureError> {
    let mut file = Vec::new();
    JpegEncoder::new_with_quality(&mut file, QUALITY)
        .encode(image.as_bytes(), image.width(), image.height(), ExtendedColorType::Rgb8)
        .map_err(|error| PictureError::Encode { detail: error.to_string() })?;
    Ok(file)
}
