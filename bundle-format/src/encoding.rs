//! Hexadecimal, base64 (RFC 4648 §4) and base58btc, each accepted in one spelling only.

use alloc::string::String;
use alloc::vec::Vec;

const HEX: &[u8; 16] = b"0123456789abcdef";
const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const BASE58: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
/// Longest base58 text that is read: the work is quadratic, and 64 bytes need 88 characters.
const MAX_BASE58_CHARACTERS: usize = 128;

/// The two lower-case hex characters of a byte.
#[must_use]
pub fn hex_pair(byte: u8) -> [u8; 2] {
    let digit = |nibble: u8| HEX.get(usize::from(nibble)).copied().unwrap_or(b'0');
    [digit(byte >> 4), digit(byte & 15)]
}

/// Lower-case hex of bytes.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|&byte| hex_pair(byte))
        .map(char::from)
        .collect()
}

/// The value of a hex digit; above 15 for any other character. No branch depends on the
/// character, so that the compiler can read many at once: an entry is a third hex.
const fn hex_value(character: u8) -> u8 {
    let digit = character.wrapping_sub(b'0');
    let letter = character.wrapping_sub(b'a');
    if digit < 10 {
        digit
    } else if letter < 6 {
        letter.wrapping_add(10)
    } else {
        u8::MAX
    }
}

/// Reads lower-case hex of exactly `N` bytes.
#[must_use]
pub fn hex_array<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    let (pairs, rest) = text.as_chunks::<2>();
    if !rest.is_empty() || pairs.len() != N {
        return None;
    }
    let (mut out, mut seen) = ([0; N], 0);
    for (slot, [high, low]) in out.iter_mut().zip(pairs) {
        let (high, low) = (hex_value(*high), hex_value(*low));
        seen |= high | low;
        *slot = high << 4 | low;
    }
    (seen < 16).then_some(out)
}

/// Whether the text is lower-case hex of exactly `characters` characters.
#[must_use]
pub fn is_hex(text: &[u8], characters: usize) -> bool {
    text.len() == characters && text.iter().all(|&c| hex_value(c) < 16)
}

/// Standard base64 with padding.
#[must_use]
pub fn base64(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3).saturating_mul(4));
    let mut push = |bits: u32, shift: u32| {
        let index = usize::try_from(bits >> shift & 63).unwrap_or(0);
        out.push(char::from(BASE64.get(index).copied().unwrap_or(b'A')));
    };
    let (triples, rest) = bytes.as_chunks::<3>();
    for &[a, b, c] in triples {
        let bits = u32::from_be_bytes([0, a, b, c]);
        for shift in [18, 12, 6, 0] {
            push(bits, shift);
        }
    }
    match *rest {
        [a] => {
            let bits = u32::from_be_bytes([0, a, 0, 0]);
            push(bits, 18);
            push(bits, 12);
            out.push_str("==");
        }
        [a, b] => {
            let bits = u32::from_be_bytes([0, a, b, 0]);
            push(bits, 18);
            push(bits, 12);
            push(bits, 6);
            out.push('=');
        }
        _ => {}
    }
    out
}

/// What each character stands for in base64; above 63 for none.
const BASE64_VALUES: [u8; 256] = base64_values();

#[expect(
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "constant evaluation: an index out of range would not compile"
)]
const fn base64_values() -> [u8; 256] {
    let mut values = [u8::MAX; 256];
    let mut value = 0;
    while value < 64 {
        values[BASE64[value] as usize] = value as u8;
        value += 1;
    }
    values
}

/// The 24 bits of four characters; more than that if one is not of the alphabet.
fn base64_bits(quad: [u8; 4]) -> u32 {
    let [a, b, c, d] = quad.map(|character| {
        let value = BASE64_VALUES.get(usize::from(character));
        u32::from(value.copied().unwrap_or(u8::MAX))
    });
    let known = a | b | c | d;
    a << 18 | b << 12 | c << 6 | d | (known >> 6) << 24
}

/// Reads standard base64 with padding in its canonical spelling: no white space, unused bits zero.
#[must_use]
pub fn base64_decode(text: &[u8]) -> Option<Vec<u8>> {
    let (quads, rest) = text.as_chunks::<4>();
    if !rest.is_empty() {
        return None;
    }
    let Some((&last, quads)) = quads.split_last() else {
        return Some(Vec::new());
    };
    // `A` stands for zero bits.
    let (last, kept) = match last {
        [a, b, b'=', b'='] => ([a, b, b'A', b'A'], 1),
        [a, b, c, b'='] => ([a, b, c, b'A'], 2),
        full => (full, 3),
    };
    let mut out = Vec::with_capacity(text.len());
    let mut seen = 0;
    for &quad in quads {
        let [above, bytes @ ..] = base64_bits(quad).to_be_bytes();
        seen |= above;
        out.extend_from_slice(&bytes);
    }
    let [above, bytes @ ..] = base64_bits(last).to_be_bytes();
    let (bytes, unused) = bytes.split_at_checked(kept)?;
    out.extend_from_slice(bytes);
    // Unused bits must be zero, or two texts would name the same bytes.
    (seen | above == 0 && unused.iter().all(|&byte| byte == 0)).then_some(out)
}

/// Base58 in the Bitcoin alphabet, as multibase `z` uses it.
#[must_use]
pub fn base58(bytes: &[u8]) -> String {
    let zeros = bytes.iter().take_while(|&&byte| byte == 0).count();
    let mut digits: Vec<u8> = Vec::new();
    for &byte in bytes {
        let mut carry = u32::from(byte);
        for digit in &mut digits {
            carry = carry.wrapping_add(u32::from(*digit) << 8);
            *digit = u8::try_from(carry % 58).unwrap_or(0);
            carry /= 58;
        }
        while carry > 0 {
            digits.push(u8::try_from(carry % 58).unwrap_or(0));
            carry /= 58;
        }
    }
    let leading = core::iter::repeat_n(b'1', zeros);
    let body = digits
        .iter()
        .rev()
        .map(|&d| BASE58.get(usize::from(d)).copied().unwrap_or(b'1'));
    leading.chain(body).map(char::from).collect()
}

/// Reads base58btc; the spelling is unique because leading zeros are leading `1`s.
#[must_use]
pub fn base58_decode(text: &[u8]) -> Option<Vec<u8>> {
    if text.len() > MAX_BASE58_CHARACTERS {
        return None;
    }
    let zeros = text
        .iter()
        .take_while(|&&character| character == b'1')
        .count();
    let mut bytes: Vec<u8> = Vec::new();
    for &character in text {
        let value = BASE58.iter().position(|&c| c == character)?;
        let mut carry = u32::try_from(value).ok()?;
        for byte in &mut bytes {
            carry = carry.wrapping_add(u32::from(*byte).wrapping_mul(58));
            *byte = u8::try_from(carry & 255).ok()?;
            carry >>= 8;
        }
        while carry > 0 {
            bytes.push(u8::try_from(carry & 255).ok()?);
            carry >>= 8;
        }
    }
    Some(
        core::iter::repeat_n(0, zeros)
            .chain(bytes.into_iter().rev())
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_has_one_spelling() {
        assert_eq!(base64(b"any carnal pleas"), "YW55IGNhcm5hbCBwbGVhcw==");
        for length in 0..40_u8 {
            let bytes: Vec<u8> = (0..length).map(|i| i.wrapping_mul(37)).collect();
            assert_eq!(base64_decode(base64(&bytes).as_bytes()), Some(bytes));
        }
        for bad in [
            "YQ", "YQ=", "YR==", "YQ==YQ==", "Y===", "YQ==\n", "=Q==", "YW-_",
        ] {
            assert_eq!(base64_decode(bad.as_bytes()), None, "{bad}");
        }
    }

    #[test]
    fn base58_keeps_leading_zeros() {
        // The three examples of draft-msporny-base58.
        assert_eq!(base58(b"Hello World!"), "2NEpo7TZRRrLZSi2U");
        assert_eq!(base58(&[0, 0, 0x28, 0x7f, 0xb4, 0xcd]), "11233QC4");
        assert_eq!(
            base58_decode(b"11233QC4"),
            Some([0, 0, 0x28, 0x7f, 0xb4, 0xcd].into())
        );
        assert_eq!(base58_decode(b"0"), None);
    }

    #[test]
    fn hex_is_lower_case_only() {
        assert_eq!(hex_array::<2>(b"00ff"), Some([0, 255]));
        assert_eq!(hex_array::<2>(b"00FF"), None);
        assert_eq!(hex_array::<2>(b"00f"), None);
    }
}
