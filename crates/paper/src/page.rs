//! The first page of a PDF that somebody sent, as a picture. The file is distrusted: it is drawn in a process of its own,
//! which may take so much memory and no more, and whoever started it stops it when its time is over.

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::Pdf;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{RenderCache, RenderSettings, render};

/// The longer side of the picture, in pixels.
const SIDE: f32 = 640.0;
/// Most bytes of memory while a page is drawn: a file of 100 MB lies in it whole.
const MEMORY: u64 = 1536 * 1024 * 1024;

/// How many pages a PDF has, and its first page as PNG of at most 640 px a side.
///
/// # Errors
/// It cannot be read, has no page, or its first page has no area.
pub fn first(pdf: Vec<u8>) -> Result<(usize, Vec<u8>), String> {
    let pdf = Pdf::new(pdf).map_err(|error| format!("{error:?}"))?;
    let pages = pdf.pages();
    let page = pages.first().ok_or("no page")?;
    let (width, height) = page.render_dimensions();
    let longer = width.max(height);
    if !longer.is_finite() || width < 1.0 || height < 1.0 {
        return Err(format!("a page of {width} × {height}"));
    }
    let scale = SIDE / longer;
    // a page as thin as a thread still is a pixel wide
    let side = |length: f32| (length * scale).floor().clamp(1.0, SIDE) as u16;
    let settings = RenderSettings { x_scale: scale, y_scale: scale, width: Some(side(width)), height: Some(side(height)), bg_color: WHITE };
    let drawn = render(page, &RenderCache::new(), &InterpreterSettings::default(), &settings);
    Ok((pages.len(), drawn.into_png().map_err(|error| error.to_string())?))
}

/// From here on this process gets no more memory than a page needs.
///
/// # Errors
/// The system does not let it.
pub fn bound() -> Result<(), String> {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let most = Rlimit { current: Some(MEMORY), maximum: Some(MEMORY) };
        setrlimit(Resource::As, most).map_err(|error| error.to_string())?;
    }
    Ok(())
}
