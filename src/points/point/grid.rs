//! Squares of degrees, each cut in four by the next level, and boxes of a map. Pure.
//!
//! A square of level `k` has sides of 2^-k degrees, so levels nest exactly and numbers are found without rounding. A
//! position has one number at the finest level; the squares that hold it are that number without its last bits, and
//! all positions of a square lie in one range of numbers.

use crate::error::{Both, both};

/// The finest level: squares of about 7 m.
pub const FINEST: i32 = 14;
/// One square that holds the world.
const ROOT: i32 = -9;

/// The number of a position at the finest level.
pub fn tile(lon: f64, lat: f64) -> i64 {
    let scale = f64::from(1 << FINEST);
    let at = |degrees: f64, most: i64| ((degrees * scale).floor() as i64).clamp(0, most);
    spread(at(lon + 180.0, 360 << FINEST)) | spread(at(lat + 90.0, 180 << FINEST)) << 1
}

/// The first number in the square of a level that holds this number.
pub fn square(tile: i64, level: i32) -> i64 {
    let bits = 2 * (FINEST - level);
    tile >> bits << bits
}

/// How many numbers a square of a level has.
pub fn size(level: i32) -> i64 {
    1 << (2 * (FINEST - level))
}

/// Puts a zero before every bit.
fn spread(number: i64) -> i64 {
    let mut bits = number & 0xffff_ffff;
    for (shift, mask) in [
        (16, 0x0000_ffff_0000_ffff),
        (8, 0x00ff_00ff_00ff_00ff),
        (4, 0x0f0f_0f0f_0f0f_0f0f),
        (2, 0x3333_3333_3333_3333),
        (1, 0x5555_5555_5555_5555),
    ] {
        bits = (bits | bits << shift) & mask;
    }
    bits
}

/// Takes every second bit.
fn gather(number: i64) -> i64 {
    let mut bits = number & 0x5555_5555_5555_5555;
    for (shift, mask) in
        [(1, 0x3333_3333_3333_3333), (2, 0x0f0f_0f0f_0f0f_0f0f), (4, 0x00ff_00ff_00ff_00ff), (8, 0x0000_ffff_0000_ffff), (16, 0xffff_ffff)]
    {
        bits = (bits | bits >> shift) & mask;
    }
    bits
}

/// A box of a map, in degrees; its edges belong to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// Western edge.
    pub west: f64,
    /// Southern edge.
    pub south: f64,
    /// Eastern edge.
    pub east: f64,
    /// Northern edge.
    pub north: f64,
}

/// How a square lies to what is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// Nothing in it is wanted.
    Out,
    /// Some of it may be.
    Part,
    /// All of it is.
    In,
}

impl Bounds {
    /// Reads `west,south,east,north`.
    pub fn read(typed: &str) -> Result<Bounds, Both> {
        let numbers: Option<Vec<f64>> =
            typed.split(',').map(|part| part.trim().parse().ok().filter(|number: &f64| number.is_finite())).collect();
        let Some([west, south, east, north]) = numbers.as_deref().and_then(|numbers| <[f64; 4]>::try_from(numbers).ok()) else {
            return Err(both(
                "Khung bản đồ phải là bốn số: kinh độ tây, vĩ độ nam, kinh độ đông, vĩ độ bắc, cách nhau bằng dấu phẩy.",
                "A map box is four numbers: west, south, east, north, separated by commas.",
            ));
        };
        if !(-180.0..=180.0).contains(&west)
            || !(-180.0..=180.0).contains(&east)
            || !(-90.0..=90.0).contains(&south)
            || !(-90.0..=90.0).contains(&north)
        {
            return Err(both(
                "Khung bản đồ nằm ngoài Trái Đất: kinh độ từ −180 đến 180, vĩ độ từ −90 đến 90.",
                "The map box lies outside the Earth: longitudes −180 to 180, latitudes −90 to 90.",
            ));
        }
        if west >= east || south >= north {
            return Err(both(
                "Khung bản đồ bị ngược: tây phải nhỏ hơn đông, nam phải nhỏ hơn bắc.",
                "The map box is reversed: west must be less than east, south less than north.",
            ));
        }
        Ok(Bounds { west, south, east, north })
    }

    /// The square of a level that begins with this number.
    pub fn of(tile: i64, level: i32) -> Bounds {
        let side = 2_f64.powi(-level);
        let step = f64::from(1 << FINEST);
        let (west, south) = (gather(tile) as f64 / step - 180.0, gather(tile >> 1) as f64 / step - 90.0);
        Bounds { west, south, east: west + side, north: south + side }
    }

    /// Whether a position lies in it.
    pub fn holds(&self, lon: f64, lat: f64) -> bool {
        (self.west..=self.east).contains(&lon) && (self.south..=self.north).contains(&lat)
    }

    /// How a square lies to it.
    pub fn fit(&self, square: &Bounds) -> Fit {
        if square.east < self.west || square.west > self.east || square.north < self.south || square.south > self.north {
            Fit::Out
        } else if square.west >= self.west && square.east <= self.east && square.south >= self.south && square.north <= self.north {
            Fit::In
        } else {
            Fit::Part
        }
    }

    /// Its middle: longitude, latitude.
    pub fn middle(&self) -> (f64, f64) {
        ((self.west + self.east) / 2.0, (self.south + self.north) / 2.0)
    }

    /// Least and greatest distance in metres from a position to a place in it, with room for rounding.
    pub fn distances(&self, lon: f64, lat: f64) -> (f64, f64) {
        let nearest = crate::geo::distance_m(lon, lat, lon.clamp(self.west, self.east), lat.clamp(self.south, self.north));
        let corners = [(self.west, self.south), (self.west, self.north), (self.east, self.south), (self.east, self.north)];
        let farthest = corners.into_iter().map(|(x, y)| crate::geo::distance_m(lon, lat, x, y)).fold(0.0, f64::max);
        (nearest * 0.99 - 1.0, farthest * 1.01 + 1.0)
    }

    /// The box of some positions.
    pub fn around(places: impl Iterator<Item = (f64, f64)>) -> Option<Bounds> {
        places.fold(None, |known: Option<Bounds>, (lon, lat)| {
            let known = known.unwrap_or(Bounds { west: lon, south: lat, east: lon, north: lat });
            Some(Bounds { west: known.west.min(lon), south: known.south.min(lat), east: known.east.max(lon), north: known.north.max(lat) })
        })
    }

    /// As it stands in an address.
    pub fn text(&self) -> String {
        format!("{},{},{},{}", self.west, self.south, self.east, self.north)
    }
}

/// The level whose squares are 45 to 90 points wide on a screen at this zoom, or coarser where the box has more than
/// `most` of them.
pub fn level_for(view: &Bounds, zoom: f64, most: f64) -> i32 {
    let wanted = (zoom - 5.0).floor().clamp(0.0, f64::from(FINEST)) as i32;
    let squares = |level: i32| ((view.east - view.west) * 2_f64.powi(level) + 1.0) * ((view.north - view.south) * 2_f64.powi(level) + 1.0);
    (0..=wanted).rev().find(|level| squares(*level) <= most).unwrap_or(0)
}

/// Ranges of numbers that hold everything wanted and little else: at most `most` squares, none finer than `finest`.
pub fn cover(most: usize, finest: i32, fit: impl Fn(&Bounds) -> Fit) -> Vec<(i64, i64)> {
    let mut whole: Vec<(i64, i32)> = Vec::new();
    let mut open = std::collections::VecDeque::from([(0_i64, ROOT)]);
    while let Some((tile, level)) = open.pop_front() {
        if level == finest || whole.len() + open.len() + 4 > most {
            whole.push((tile, level));
            continue;
        }
        for child in 0..4 {
            let part = (tile + child * size(level + 1), level + 1);
            match fit(&Bounds::of(part.0, part.1)) {
                Fit::Out => {}
                Fit::Part => open.push_back(part),
                Fit::In => whole.push(part),
            }
        }
    }
    whole.sort_unstable();
    join(whole.into_iter().map(|(tile, level)| (tile, tile + size(level))))
}

/// Sorted ranges with neighbours made one.
pub fn join(ranges: impl Iterator<Item = (i64, i64)>) -> Vec<(i64, i64)> {
    let mut joined: Vec<(i64, i64)> = Vec::new();
    for (from, to) in ranges {
        match joined.last_mut() {
            Some(last) if last.1 == from => last.1 = to,
            _ => joined.push((from, to)),
        }
    }
    joined
}
