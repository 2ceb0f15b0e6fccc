//! Many signatures by one key: the same verdicts as [`PublicKey::verify`], in less time.
//!
//! RFC 8032 §5.1.7 asks whether `[s]B = R + [k]A`. The points `B` and `A` stay the same from
//! signature to signature, so their multiples are computed once: with a table of `j·256^i·P` a
//! product is one addition for every octet of the scalar and no doubling. Then the encoding of
//! `[s]B + [k](-A)` is compared with the octets of `R`. Everything here is public, so nothing needs
//! constant time.
//!
//! Why no verdict differs from `verify_strict`: that one reads `s` canonically, refuses an `A` or
//! `R` of small order, and compares the encoding of the same point with the same octets. Octets
//! that are the encoding of a point decode to that point, so that here the order of `R` may be
//! asked of the point that was computed.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "points and scalars are elements of groups: nothing overflows"
)]

use alloc::vec::Vec;

use curve25519_dalek::constants::ED25519_BASEPOINT_POINT;
use curve25519_dalek::traits::Identity as _;
use curve25519_dalek::{EdwardsPoint, Scalar};
use sha2::{Digest as _, Sha512};

use super::{PublicKey, SIGNATURE_BYTES};

/// Digits of a scalar.
const DIGITS: usize = 32;
/// Multiples for one digit: digits lie between -128 and 128.
const MULTIPLES: usize = 128;

/// A key with tables of multiples: 1.3 MB, made at the cost of some dozens of verifications.
pub struct KeyTable {
    key: PublicKey,
    /// A key of small order verifies nothing.
    is_of_small_order: bool,
    base: Multiples,
    negated: Multiples,
}

/// `j·256^i·P` for `i` in `0..DIGITS` and `j` in `1..=MULTIPLES`.
struct Multiples(Vec<EdwardsPoint>);

impl Multiples {
    fn of(point: EdwardsPoint) -> Self {
        let mut all = Vec::with_capacity(DIGITS.saturating_mul(MULTIPLES));
        let mut power = point;
        for _ in 0..DIGITS {
            let mut multiple = EdwardsPoint::identity();
            for _ in 0..MULTIPLES {
                multiple += power;
                all.push(multiple);
            }
            // 128·P is the last; the next digit's P is twice that.
            power = multiple + multiple;
        }
        Self(all)
    }

    /// Adds a multiple of the point.
    fn add_to(&self, sum: &mut EdwardsPoint, scalar: &Scalar) {
        for (row, digit) in self.0.chunks(MULTIPLES).zip(signed_digits(scalar)) {
            let place = usize::from(digit.unsigned_abs()).checked_sub(1);
            if let Some(multiple) = place.and_then(|place| row.get(place)) {
                if digit > 0 {
                    *sum += multiple;
                } else {
                    *sum -= multiple;
                }
            }
        }
    }
}

/// A scalar to the base 256 with digits from -128 to 128. Scalars are below 2^253, so that nothing
/// is carried out of the last digit.
fn signed_digits(scalar: &Scalar) -> [i16; DIGITS] {
    let mut carry = 0_i16;
    scalar.to_bytes().map(|octet| {
        let digit = i16::from(octet).saturating_add(carry);
        carry = i16::from(digit > 128);
        digit.saturating_sub(carry.saturating_mul(256))
    })
}

impl KeyTable {
    /// Makes the tables.
    #[must_use]
    pub fn new(key: &PublicKey) -> Self {
        let point = key.0.to_edwards();
        Self {
            key: *key,
            is_of_small_order: point.is_small_order(),
            base: Multiples::of(ED25519_BASEPOINT_POINT),
            negated: Multiples::of(-point),
        }
    }

    /// The key.
    #[must_use]
    pub const fn key(&self) -> &PublicKey {
        &self.key
    }

    /// As [`PublicKey::verify`].
    #[must_use]
    pub fn verify(&self, message: &[u8], signature: &[u8; SIGNATURE_BYTES]) -> bool {
        let (r, s) = signature.split_at(SIGNATURE_BYTES / 2);
        let canonical = <[u8; 32]>::try_from(s)
            .ok()
            .and_then(|s| Option::<Scalar>::from(Scalar::from_canonical_bytes(s)));
        let Some(s) = canonical else {
            return false;
        };
        let hash = Sha512::new()
            .chain_update(r)
            .chain_update(self.key.as_bytes())
            .chain_update(message)
            .finalize();
        let k = Scalar::from_bytes_mod_order_wide(&hash.into());
        let mut computed = EdwardsPoint::identity();
        self.base.add_to(&mut computed, &s);
        self.negated.add_to(&mut computed, &k);
        computed.compress().as_bytes() == r && !computed.is_small_order() && !self.is_of_small_order
    }
}

impl core::fmt::Debug for KeyTable {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_tuple("KeyTable").field(&self.key).finish()
    }
}

#[cfg(test)]
mod tests {
    use curve25519_dalek::EdwardsPoint;
    use curve25519_dalek::constants::EIGHT_TORSION;

    use super::*;

    #[test]
    fn digits_are_the_scalar() {
        let order_minus_one = -Scalar::ONE;
        let scalars = [
            Scalar::ZERO,
            Scalar::ONE,
            Scalar::from(128_u8),
            Scalar::from(129_u8),
        ];
        for scalar in scalars
            .into_iter()
            .chain([Scalar::from(0x8180_u16), order_minus_one])
        {
            let digits = signed_digits(&scalar);
            assert!(digits.iter().all(|digit| (-128..=128).contains(digit)));
            let sum = digits.iter().rev().fold(Scalar::ZERO, |sum, &digit| {
                let part = Scalar::from(digit.unsigned_abs());
                let shifted = sum * Scalar::from(256_u16);
                if digit < 0 {
                    shifted - part
                } else {
                    shifted + part
                }
            });
            assert_eq!(sum, scalar);
        }
    }

    fn both(key: &PublicKey, message: &[u8], signature: &[u8; SIGNATURE_BYTES]) -> bool {
        let strict = key.verify(message, signature);
        assert_eq!(KeyTable::new(key).verify(message, signature), strict);
        strict
    }

    /// A signature over `message` with parts of small order added to key and nonce point.
    fn signed(message: &[u8], key_part: EdwardsPoint, nonce_part: EdwardsPoint) -> bool {
        let scalar = |seed: u8| Scalar::from_bytes_mod_order([seed; 32]);
        let (secret, nonce) = (scalar(3), scalar(5));
        let key = EdwardsPoint::mul_base(&secret) + key_part;
        let key = PublicKey::from_bytes(&key.compress().0).unwrap();
        let r = (EdwardsPoint::mul_base(&nonce) + nonce_part).compress();
        let hash = Sha512::new()
            .chain_update(r.as_bytes())
            .chain_update(key.as_bytes())
            .chain_update(message)
            .finalize();
        let s = nonce + Scalar::from_bytes_mod_order_wide(&hash.into()) * secret;
        let mut signature = [0; SIGNATURE_BYTES];
        signature[..32].copy_from_slice(r.as_bytes());
        signature[32..].copy_from_slice(s.as_bytes());
        both(&key, message, &signature)
    }

    /// Verifiers that disagree on such keys and signatures would give two verdicts on one bundle.
    #[test]
    fn parts_of_small_order_get_the_verdict_of_strict_verification() {
        let mut accepted = 0;
        for key_part in EIGHT_TORSION {
            for nonce_part in EIGHT_TORSION {
                for message in [b"a".as_slice(), b"b", b"c", b"d", b"e", b"f", b"g", b"h"] {
                    accepted += u32::from(signed(message, key_part, nonce_part));
                }
            }
        }
        // Without the cofactor one in eight fits by chance, and all eight with no part at all.
        assert!((8..128).contains(&accepted), "{accepted}");
    }

    #[test]
    fn small_order_keys_and_nonces_get_the_verdict_of_strict_verification() {
        for key in EIGHT_TORSION {
            let key = PublicKey::from_bytes(&key.compress().0).unwrap();
            for r in EIGHT_TORSION {
                let mut signature = [0; SIGNATURE_BYTES];
                signature[..32].copy_from_slice(&r.compress().0);
                assert!(!both(&key, b"anything", &signature));
            }
        }
    }

    #[test]
    fn a_number_beyond_the_order_gets_the_verdict_of_strict_verification() {
        // RFC 8032 §5.1: the order of the group, which must be above `s`.
        let order: [u8; 32] = crate::encoding::hex_array(
            b"edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010",
        )
        .unwrap();
        let key = PublicKey::from_bytes(&EdwardsPoint::mul_base(&Scalar::from(9_u8)).compress().0);
        let key = key.unwrap();
        let mut signature = [0; SIGNATURE_BYTES];
        signature[32..].copy_from_slice(&order);
        assert!(!both(&key, b"", &signature));
        signature[63] = 0xff;
        assert!(!both(&key, b"", &signature));
    }
}
