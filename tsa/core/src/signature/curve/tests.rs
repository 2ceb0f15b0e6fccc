//! Verdicts against the equation itself: multiples one by one, where `ecdsa` interleaves them.
//!
//! Signatures are made from their own parts, `Q = r⁻¹(sR − zG)`, so that any nonce point, any
//! relation between the two multiples and any `r` can be had.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "scalars and points are elements of groups: nothing overflows"
)]

extern crate std;

use std::prelude::rust_2024::*;

use sha2::{Digest as _, Sha512};

use crate::certificate::PublicKey;
use crate::der::{self, tag};
use crate::oid;

/// One verdict, through the key as a certificate has it.
fn verdict(curve: &[u8], point: &[u8], digest: &[u8], signature: &[u8]) -> bool {
    let algorithm = [
        der::write(tag::OID, oid::EC_PUBLIC_KEY),
        der::write(tag::OID, curve),
    ];
    let bits = [&[0], point].concat();
    let fields = [
        der::write(tag::SEQUENCE, &algorithm.concat()),
        der::write(tag::BIT_STRING, &bits),
    ];
    let spki = der::write(tag::SEQUENCE, &fields.concat());
    let key = PublicKey::parse(&der::only(&spki, tag::SEQUENCE).unwrap()).unwrap();
    super::verify(&key, digest, signature).unwrap()
}

fn signature(r: &[u8], s: &[u8]) -> Vec<u8> {
    let fields = [der::write_unsigned(r), der::write_unsigned(s)];
    der::write(tag::SEQUENCE, &fields.concat())
}

/// The same octets on every run.
fn octets(curve: &str, number: u32) -> [u8; 128] {
    let mut all = [0; 128];
    for (half, part) in (0_u8..).zip(all.chunks_mut(64)) {
        let hash = Sha512::new()
            .chain_update(curve)
            .chain_update(number.to_be_bytes());
        part.copy_from_slice(&hash.chain_update([half]).finalize());
    }
    all
}

macro_rules! against_the_equation {
    ($module:ident, $curve:ident, $oid:expr, $bytes:literal) => {
        mod $module {
            use $curve::elliptic_curve::ff::{Field, PrimeField as _};
            use $curve::elliptic_curve::group::Group as _;
            use $curve::elliptic_curve::ops::Reduce as _;
            use $curve::elliptic_curve::point::{AffineCoordinates as _, DecompressPoint as _};
            use $curve::elliptic_curve::sec1::ToSec1Point as _;
            use $curve::{AffinePoint, FieldBytes, ProjectivePoint, Scalar};

            use super::*;

            const G: ProjectivePoint = ProjectivePoint::GENERATOR;

            fn random(number: u32) -> Scalar {
                // The top bits cleared: below the order.
                let mut repr = FieldBytes::default();
                repr.copy_from_slice(&octets(stringify!($curve), number)[..$bytes]);
                repr[0] = 0;
                repr[1] &= 0x7f;
                Scalar::from_repr(repr).unwrap()
            }

            fn field_bytes(digest: &[u8]) -> FieldBytes {
                let mut repr = FieldBytes::default();
                let taken = &digest[..digest.len().min($bytes)];
                repr[$bytes - taken.len()..].copy_from_slice(taken);
                repr
            }

            /// SEC 1 §4.1.4, in its words.
            fn textbook(q: &ProjectivePoint, digest: &[u8], r: &Scalar, s: &Scalar) -> bool {
                if bool::from(Field::is_zero(r) | Field::is_zero(s)) {
                    return false;
                }
                let w = Field::invert(s).unwrap();
                let u1 = Scalar::reduce(&field_bytes(digest)) * w;
                let u2 = *r * w;
                let sum = G * u1 + *q * u2;
                !bool::from(sum.is_identity()) && Scalar::reduce(&sum.to_affine().x()) == *r
            }

            /// Both verdicts, which must agree.
            fn both(q: &ProjectivePoint, digest: &[u8], r: &Scalar, s: &Scalar) -> bool {
                let point = q.to_affine().to_sec1_point(false);
                let bytes = signature(&r.to_repr(), &s.to_repr());
                let verified = verdict($oid, point.as_bytes(), digest, &bytes);
                assert_eq!(verified, textbook(q, digest, r, s), "{q:?} {r:?} {s:?}");
                verified
            }

            /// The key under which `(x(R) mod n, s)` is a signature of `digest`.
            fn key_for(
                nonce: &AffinePoint,
                s: &Scalar,
                digest: &[u8],
            ) -> (ProjectivePoint, Scalar) {
                let r = Scalar::reduce(&nonce.x());
                let z = Scalar::reduce(&field_bytes(digest));
                let key = (ProjectivePoint::from(*nonce) * s - G * z) * Field::invert(&r).unwrap();
                (key, r)
            }

            #[test]
            fn good_and_changed_signatures() {
                for (number, digest_bytes) in (0..60).zip([32_u8, 48, 64].into_iter().cycle()) {
                    let (nonce, s) = (random(3 * number), random(3 * number + 1));
                    let digest = &octets("digest", number)[..usize::from(digest_bytes)];
                    let nonce = (G * nonce).to_affine();
                    let (q, r) = key_for(&nonce, &s, digest);
                    assert!(both(&q, digest, &r, &s));
                    // Of the two values of `s` neither is preferred (SEC 1 §4.1.4 names no rule).
                    assert!(both(&q, digest, &r, &-s));
                    assert!(!both(&q, digest, &(r + Scalar::ONE), &s));
                    assert!(!both(&q, digest, &r, &(s + Scalar::ONE)));
                    assert!(!both(&q, digest, &-r, &s));
                    assert!(!both(&-q, digest, &r, &s));
                    assert!(!both(&(q + G), digest, &r, &s));
                    let mut changed = digest.to_vec();
                    changed[usize::from(digest[0]) % 32] ^= 1 << (number % 8);
                    assert!(!both(&q, &changed, &r, &s));
                }
            }

            /// The tables of the two points overlap, and sums of equal and of opposite points
            /// occur on the way.
            #[test]
            fn keys_near_the_generator() {
                for number in 0..24 {
                    let multiple = Scalar::from(u64::from(number % 12 + 1));
                    let multiple = if number < 12 { multiple } else { -multiple };
                    let q = G * multiple;
                    let (k, digest) = (random(number), octets("near", number));
                    let digest = &digest[..32];
                    let r = Scalar::reduce(&(G * k).to_affine().x());
                    let z = Scalar::reduce(&field_bytes(digest));
                    let s = Field::invert(&k).unwrap() * (z + r * multiple);
                    assert!(both(&q, digest, &r, &s));
                    assert!(!both(&-q, digest, &r, &s));
                }
            }

            /// A nonce point that is a small multiple of the generator or of the key, and a digest
            /// of zero, with which only the key counts.
            #[test]
            fn digests_of_zero_and_small_nonces() {
                for number in 1..20_u64 {
                    let s = Scalar::from(number);
                    let nonce = (G * Scalar::from(number % 5 + 1)).to_affine();
                    for digest in [[0_u8; 32], [0xff; 32]] {
                        let (q, r) = key_for(&nonce, &s, &digest);
                        assert!(both(&q, &digest, &r, &s));
                        assert!(!both(&q, &digest, &s, &r));
                    }
                }
            }

            /// `u1·G = −u2·Q`: the sum has no coordinates, whatever `r` says.
            #[test]
            fn sums_at_infinity() {
                for number in 0..20 {
                    let digest = &octets("infinity", number)[..32];
                    let z = Scalar::reduce(&field_bytes(digest));
                    for (r, s) in [
                        (random(number), random(number + 100)),
                        (Scalar::ONE, random(number)),
                        (random(number), Scalar::ONE),
                    ] {
                        let q = G * -(z * Field::invert(&r).unwrap());
                        assert!(!both(&q, digest, &r, &s));
                    }
                }
            }

            /// `u1·G = u2·Q`: the last addition is of a point to itself.
            #[test]
            fn sums_of_equal_points() {
                for number in 0..20 {
                    let digest = &octets("equal", number)[..32];
                    let z = Scalar::reduce(&field_bytes(digest));
                    let k = random(number);
                    let r = Scalar::reduce(&(G * k).to_affine().x());
                    let q = G * (z * Field::invert(&r).unwrap());
                    let s = Field::double(&z) * Field::invert(&k).unwrap();
                    assert!(both(&q, digest, &r, &s));
                    assert!(!both(&q, digest, &r, &(s + Scalar::ONE)));
                }
            }

            /// The coordinate lies between order and field, and `r` is what remains of it.
            #[test]
            fn coordinates_beyond_the_order() {
                let order_less_one = (-Scalar::ONE).to_repr();
                let mut found = 0;
                for above in 1..40_u8 {
                    let mut x = order_less_one;
                    // The order is odd, so its last octet has room for one more at least.
                    let mut carry = u16::from(above) + 1;
                    for octet in x.iter_mut().rev() {
                        carry += u16::from(*octet);
                        *octet = carry.to_be_bytes()[1];
                        carry >>= 8;
                    }
                    let Some(nonce) = AffinePoint::decompress(&x, 0.into()).into_option() else {
                        continue;
                    };
                    let (digest, s) = (&octets("beyond", 0)[..32], random(u32::from(above)));
                    let (q, r) = key_for(&nonce, &s, digest);
                    assert_eq!(r, Scalar::from(u64::from(above)));
                    assert!(both(&q, digest, &r, &s));
                    found += 1;
                    // The coordinate itself is no number below the order.
                    let point = q.to_affine().to_sec1_point(false);
                    let unreduced = signature(&x, &s.to_repr());
                    assert!(!verdict($oid, point.as_bytes(), digest, &unreduced));
                }
                assert!(found > 5, "{found}");
            }

            #[test]
            fn numbers_out_of_range() {
                let (digest, s) = (&octets("range", 0)[..32], random(1));
                let (q, r) = key_for(&(G * random(2)).to_affine(), &s, digest);
                assert!(both(&q, digest, &r, &s));
                let point = q.to_affine().to_sec1_point(false);
                let mut order = (-Scalar::ONE).to_repr();
                order[$bytes - 1] += 1;
                let all = FieldBytes::from([0xff; $bytes]);
                for wrong in [FieldBytes::default(), order, all] {
                    for bytes in [
                        signature(&wrong, &s.to_repr()),
                        signature(&r.to_repr(), &wrong),
                    ] {
                        assert!(!verdict($oid, point.as_bytes(), digest, &bytes));
                    }
                }
            }

            #[test]
            fn keys_that_are_no_points() {
                let (digest, s) = (&octets("key", 0)[..32], random(1));
                let (q, r) = key_for(&(G * random(2)).to_affine(), &s, digest);
                let bytes = signature(&r.to_repr(), &s.to_repr());
                let point = q.to_affine().to_sec1_point(false).as_bytes().to_vec();
                assert!(verdict($oid, &point, digest, &bytes));
                let mut off_curve = point.clone();
                *off_curve.last_mut().unwrap() ^= 1;
                for wrong in [&off_curve[..], &[0], &[], &point[..$bytes]] {
                    assert!(!verdict($oid, wrong, digest, &bytes));
                }
            }
        }
    };
}

against_the_equation!(over_p256, p256, oid::P256, 32);
against_the_equation!(over_p384, p384, oid::P384, 48);
against_the_equation!(over_p521, p521, oid::P521, 66);
