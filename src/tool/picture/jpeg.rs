//! Whether a JPEG file has its end. Decoders paint what is missing grey and say nothing.

const END: u8 = 0xd9;
const SCAN: u8 = 0xda;

/// Whether the file's segments and scans follow one another up to the end-of-image mark. The
/// marks inside a segment, such as those of an EXIF thumbnail, do not count.
pub(super) fn is_whole(bytes: &[u8]) -> bool {
    let mut at = 2;
    loop {
        let (Some(0xff), Some(mark)) = (bytes.get(at), bytes.get(at + 1)) else {
            return false;
        };
        match *mark {
            END => return true,
            0xff => at += 1,
            0x01 | 0xd0..=0xd7 => at += 2,
            mark => {
                let (Some(high), Some(low)) = (bytes.get(at + 2), bytes.get(at + 3)) else {
                    return false;
                };
                at += 2 + usize::from(u16::from_be_bytes([*high, *low]));
                if mark == SCAN {
                    at = scan_end(bytes, at);
                }
            }
        }
    }
}

/// The place of the first mark behind a scan's data.
fn scan_end(bytes: &[u8], start: usize) -> usize {
    let rest = bytes.get(start..).unwrap_or_default();
    let mark = rest.windows(2).position(|pair| pair[0] == 0xff && !matches!(pair[1], 0 | 0xff | 0xd0..=0xd7));
    mark.map_or(bytes.len(), |len| start + len)
}
