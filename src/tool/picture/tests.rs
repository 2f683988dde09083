use image::{ImageEncoder, Rgb, RgbImage, Rgba, RgbaImage};

use super::*;

const RED: [u8; 3] = [220, 20, 20];
const BLUE: [u8; 3] = [20, 20, 220];

/// A picture whose left half is red and whose right half is blue.
fn halves(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, _| Rgb(if x < width / 2 { RED } else { BLUE }))
}

fn file(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    image.into().write_to(&mut file, format).unwrap();
    file.into_inner()
}

/// EXIF with an orientation and a position, as telephones write it.
fn exif(orientation: u8) -> Vec<u8> {
    let mut exif = b"II*\0\x08\0\0\0\x02\0".to_vec();
    exif.extend([0x12, 1, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0]);
    exif.extend([0x25, 0x88, 4, 0, 1, 0, 0, 0, 38, 0, 0, 0]);
    exif.extend([0; 4]);
    exif.extend(b"\x01\0\x1d\0\x02\0\x0b\0\0\0\x38\0\0\0\0\0\0\0GPS-SECRET\0");
    exif
}

fn jpeg_with_exif(image: &RgbImage, orientation: u8) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut file, 90);
    encoder.set_exif_metadata(exif(orientation)).unwrap();
    encoder.write_image(image, image.width(), image.height(), ExtendedColorType::Rgb8).unwrap();
    file
}

fn pixels(file: &[u8]) -> RgbImage {
    image::load_from_memory_with_format(file, ImageFormat::Jpeg).unwrap().into_rgb8()
}

fn is_near(pixel: &Rgb<u8>, colour: [u8; 3]) -> bool {
    pixel.0.iter().zip(colour).all(|(a, b)| a.abs_diff(b) < 12)
}

fn clean_plain(bytes: &[u8]) -> Result<Picture, PictureError> {
    clean(bytes, &Limits::default())
}

#[test]
fn every_kind_is_told_by_its_content_and_becomes_jpeg() {
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
        let picture = clean_plain(&file(halves(60, 40), format)).unwrap();
        assert_eq!((picture.width, picture.height), (60, 40));
        for file in [&picture.large, &picture.small] {
            let image = pixels(file);
            assert_eq!(image.dimensions(), (60, 40));
            assert!(is_near(image.get_pixel(5, 20), RED) && is_near(image.get_pixel(55, 20), BLUE));
        }
    }
}

#[test]
fn large_pictures_are_scaled_to_both_sizes() {
    let picture = clean_plain(&file(halves(3000, 1500), ImageFormat::Jpeg)).unwrap();
    assert_eq!((picture.width, picture.height), (2048, 1024));
    assert_eq!(pixels(&picture.large).dimensions(), (2048, 1024));
    assert_eq!(pixels(&picture.small).dimensions(), (640, 320));
}

#[test]
fn a_rotated_picture_is_turned_upright_and_its_position_is_gone() {
    let original = jpeg_with_exif(&halves(80, 40), 6);
    let has = |file: &[u8], word: &[u8]| file.windows(word.len()).any(|window| window == word);
    assert!(has(&original, b"GPS-SECRET") && has(&original, b"Exif"));
    let picture = clean_plain(&original).unwrap();
    assert_eq!((picture.width, picture.height), (40, 80));
    let image = pixels(&picture.large);
    assert!(is_near(image.get_pixel(20, 10), RED) && is_near(image.get_pixel(20, 70), BLUE));
    for file in [&picture.large, &picture.small] {
        assert!(!has(file, b"GPS-SECRET") && !has(file, b"Exif"));
    }
}

#[test]
fn a_picture_mirrored_or_upside_down_is_put_right() {
    for (orientation, left) in [(1, RED), (2, BLUE), (3, BLUE), (4, RED)] {
        let picture = clean_plain(&jpeg_with_exif(&halves(80, 40), orientation)).unwrap();
        assert!(is_near(pixels(&picture.large).get_pixel(10, 20), left), "{orientation}");
    }
}

#[test]
fn transparent_parts_are_white() {
    let image = RgbaImage::from_fn(64, 64, |x, _| match x {
        0..32 => Rgba([0, 0, 0, 0]),
        _ => Rgba([0, 0, 0, 128]),
    });
    for format in [ImageFormat::Png, ImageFormat::WebP] {
        let shown = pixels(&clean_plain(&file(image.clone(), format)).unwrap().large);
        assert!(is_near(shown.get_pixel(8, 8), [255; 3]), "{format:?}");
        assert!(is_near(shown.get_pixel(56, 8), [127; 3]), "{format:?}");
    }
}

#[test]
fn grey_and_sixteen_bit_pictures_are_taken() {
    let grey = image::GrayImage::from_pixel(30, 20, image::Luma([90]));
    let deep = image::ImageBuffer::from_pixel(30, 20, Rgb([65535u16, 0, 0]));
    for (bytes, colour) in [
        (file(grey.clone(), ImageFormat::Jpeg), [90; 3]),
        (file(grey, ImageFormat::Png), [90; 3]),
        (file(deep, ImageFormat::Png), [255, 0, 0]),
    ] {
        let shown = pixels(&clean_plain(&bytes).unwrap().large);
        assert!(is_near(shown.get_pixel(15, 10), colour));
    }
}

#[test]
fn a_truncated_picture_is_refused_wherever_it_is_cut() {
    let noise = RgbImage::from_fn(90, 60, |x, y| Rgb([((x * 7) ^ (y * 13)) as u8, (x * y) as u8, y as u8]));
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
        let whole = file(noise.clone(), format);
        assert!(clean_plain(&whole).is_ok());
        for tenths in 1..10 {
            let cut = clean_plain(&whole[..whole.len() * tenths / 10]);
            assert!(matches!(cut, Err(PictureError::Broken { .. })), "{format:?} {tenths} {cut:?}");
        }
    }
    let with_thumbnail_mark = jpeg_with_exif(&noise, 1);
    let cut = &with_thumbnail_mark[..with_thumbnail_mark.len() - 2];
    assert!(matches!(clean_plain(cut), Err(PictureError::Broken { .. })));
}

#[test]
fn the_end_mark_of_a_thumbnail_is_not_the_end_of_the_picture() {
    let head = [0xff, 0xd8, 0xff, 0xe1, 0, 6, 1, 2, 0xff, 0xd9, 0xff, 0xda, 0, 3, 0];
    let scan = [1, 0xff, 0, 2, 0xff, 0xd3, 3];
    let without_end = [head.as_slice(), &scan].concat();
    assert!(!jpeg::is_whole(&without_end));
    assert!(jpeg::is_whole(&[without_end.as_slice(), &[0xff, 0xff, 0xd9, 7, 7]].concat()));
}

#[test]
fn what_only_claims_to_be_a_picture_is_refused() {
    for claim in [
        b"\xff\xd8\xff\xe0 not a picture".to_vec(),
        b"\xff\xd8\xff\xd9".to_vec(),
        b"\x89PNG\r\n\x1a\n<script>".to_vec(),
        b"RIFF\x10\0\0\0WEBPVP8 \x04\0\0\0abcd".to_vec(),
    ] {
        assert!(matches!(clean_plain(&claim), Err(PictureError::Broken { .. })), "{claim:?}");
    }
}

#[test]
fn what_is_no_picture_of_the_three_kinds_is_refused() {
    for other in [&b""[..], b"\xff\xd8", b"GIF89a", b"<svg/>", b"%PDF-1.7", b"BM123456"] {
        assert_eq!(clean_plain(other), Err(PictureError::NotPicture));
    }
}

#[test]
fn what_exceeds_a_limit_is_refused() {
    let bytes = file(halves(100, 50), ImageFormat::Png);
    let all = Limits::default();
    let with = |limits: Limits| clean(&bytes, &limits);
    let (size, limit) = (bytes.len(), bytes.len() - 1);
    assert!(with(Limits { bytes: size, side: 100, pixels: 5000, ..all }).is_ok());
    assert_eq!(with(Limits { bytes: limit, ..all }), Err(PictureError::TooLarge { bytes: size, limit }));
    for tight in [Limits { side: 99, ..all }, Limits { pixels: 4999, ..all }] {
        let refusal = with(tight).unwrap_err();
        assert!(matches!(refusal, PictureError::TooManyPixels { width: 100, height: 50, .. }));
    }
    assert!(with(Limits { memory: 14_999, ..all }).is_err());
}

#[test]
fn a_small_file_that_claims_huge_sides_is_refused_before_it_is_decoded() {
    let mut bytes = file(halves(10, 10), ImageFormat::Jpeg);
    let frame = bytes.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    bytes[frame + 5..frame + 9].copy_from_slice(&[0xff, 0xff, 0xff, 0xff]);
    let refusal = clean_plain(&bytes).unwrap_err();
    assert!(matches!(refusal, PictureError::TooManyPixels { width: 65535, height: 65535, .. }), "{refusal:?}");
}

#[test]
fn the_digest_is_that_of_the_original_file() {
    let bytes = file(halves(10, 10), ImageFormat::Png);
    let picture = clean_plain(&bytes).unwrap();
    let expected: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(picture.sha256, expected);
    assert_eq!(picture.sha256.len(), 64);
}

#[test]
fn every_refusal_says_in_both_languages_what_to_do() {
    for error in [
        PictureError::TooLarge { bytes: 30 << 20, limit: 25 << 20 },
        PictureError::NotPicture,
        PictureError::Broken { detail: "x".into() },
        PictureError::TooManyPixels { width: 1, height: 2, side: 3, pixels: 4 },
        PictureError::Encode { detail: "x".into() },
    ] {
        assert!(error.text(Tongue::Vi).contains("Hãy"), "{error:?}");
        assert!(error.text(Tongue::En).split(". ").count() == 2, "{error:?}");
    }
}
