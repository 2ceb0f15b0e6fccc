//! Faults that change one part of a response just before it is written.

use super::Fault;
use crate::der;
use crate::issue::name;
use crate::oid;
use crate::token::{Edit, Edits};

/// Names the edit that a fault is; a fault that is none changes nothing here.
pub(super) fn apply(fault: Fault, edits: &mut Edits) {
    let change = |slot: &mut Edit, edit: Option<Edit>| {
        if let Some(edit) = edit {
            *slot = edit;
        }
    };
    change(&mut edits.tst, in_statement(fault));
    change(&mut edits.attributes, in_attributes(fault));
    change(&mut edits.signer, in_signer(fault));
    change(&mut edits.signed_data, in_signed_data(fault));
    match fault {
        Fault::BodyEmpty => {
            edits.sent = |parts| {
                parts.clear();
            }
        }
        Fault::BodyHtml => {
            edits.sent = |parts| {
                replace(parts, 0, b"<!DOCTYPE html><title>Welcome</title>".to_vec());
            }
        }
        Fault::BodyTrailing => {
            edits.sent = |parts| {
                parts.push(vec![0x01]);
            }
        }
        Fault::BodyTruncated => {
            edits.sent = |parts| {
                shorten(parts, 0);
            }
        }
        Fault::LengthHuge => {
            edits.sent = |parts| {
                replace(
                    parts,
                    0,
                    vec![0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 0x30, 0x03],
                );
            }
        }
        Fault::TokenMissing => {
            edits.response = |parts| {
                remove(parts, 1);
            }
        }
        Fault::TokenOtherContent => {
            edits.content_info = |parts| {
                replace(parts, 0, der::oid(oid::DATA));
            }
        }
        _ => {}
    }
}

/// The fields of the `TSTInfo`.
fn in_statement(fault: Fault) -> Option<Edit> {
    let edit: Edit = match fault {
        Fault::AccuracyOutOfRange => |parts| {
            replace(parts, 5, der::sequence(&[&der::tlv(0x80, &[0x03, 0xe8])]));
        },
        Fault::ExtensionCritical => |parts| {
            parts.push(der::tlv(
                0xa1,
                &der::sequence(&[
                    &der::oid(oid::NOBODYS),
                    der::BOOLEAN_TRUE,
                    &der::octets(&[]),
                ]),
            ));
        },
        Fault::GenTimeLocal => |parts| {
            replace(parts, 4, der::tlv(0x18, b"20270101000000+0100"));
        },
        Fault::GenTimeTrailingZero => |parts| {
            replace(parts, 4, der::tlv(0x18, b"20270101000000.10Z"));
        },
        Fault::GenTimeUtc => |parts| {
            replace(parts, 4, der::tlv(0x17, b"270101000000Z"));
        },
        Fault::ImprintAlgorithmUnknown => |parts| {
            replace(
                parts,
                2,
                der::sequence(&[&der::algorithm_null(oid::NOBODYS), &der::octets(&[7; 32])]),
            );
        },
        Fault::ImprintMd5 => |parts| {
            replace(
                parts,
                2,
                der::sequence(&[&der::algorithm_null(oid::MD5), &der::octets(&[7; 16])]),
            );
        },
        Fault::ImprintShort => |parts| {
            replace(
                parts,
                2,
                der::sequence(&[&der::algorithm_null(oid::SHA256), &der::octets(&[7; 31])]),
            );
        },
        Fault::NonceMissing => |parts| {
            remove(parts, 6);
        },
        Fault::TsaNameOther => |parts| {
            parts.push(der::context(0, &der::context(4, &name("Another", "Unit"))));
        },
        Fault::TstTrailing => |parts| {
            parts.push(der::integer(5));
        },
        Fault::TstVersionOther => |parts| {
            replace(parts, 0, der::integer(2));
        },
        _ => return None,
    };
    Some(edit)
}

/// The signed attributes.
fn in_attributes(fault: Fault) -> Option<Edit> {
    let edit: Edit = match fault {
        Fault::AttributeTwice => |parts| {
            repeat(parts, 1);
        },
        Fault::ContentTypeAttributeMissing => |parts| {
            remove(parts, 0);
        },
        Fault::ContentTypeAttributeOther => |parts| {
            replace(parts, 0, attribute(oid::CONTENT_TYPE, &der::oid(oid::DATA)));
        },
        Fault::MessageDigestMissing => |parts| {
            remove(parts, 1);
        },
        Fault::MessageDigestTwoValues => |parts| {
            replace(
                parts,
                1,
                der::sequence(&[
                    &der::oid(oid::MESSAGE_DIGEST),
                    &der::set_of(0x31, &[der::octets(&[7; 32]), der::octets(&[8; 32])]),
                ]),
            );
        },
        Fault::MessageDigestWrong => |parts| {
            replace(
                parts,
                1,
                attribute(oid::MESSAGE_DIGEST, &der::octets(&[7; 32])),
            );
        },
        _ => return None,
    };
    Some(edit)
}

/// The `SignerInfo`.
fn in_signer(fault: Fault) -> Option<Edit> {
    let edit: Edit = match fault {
        Fault::AttributesMissing => |parts| {
            remove(parts, 3);
        },
        Fault::DigestAlgorithmMd5 => |parts| {
            replace(parts, 2, der::algorithm_null(oid::MD5));
        },
        Fault::DigestAlgorithmUnknown => |parts| {
            replace(parts, 2, der::algorithm_null(oid::NOBODYS));
        },
        Fault::SignatureAlgorithmUnknown => |parts| {
            replace(parts, 4, der::algorithm_null(oid::NOBODYS));
        },
        Fault::SignatureEmpty => |parts| {
            replace(parts, 5, der::octets(&[]));
        },
        Fault::SignerIdentifierOther => |parts| {
            replace(
                parts,
                1,
                der::sequence(&[&der::sequence(&[]), &der::integer(5)]),
            );
        },
        _ => return None,
    };
    Some(edit)
}

/// The `SignedData`.
fn in_signed_data(fault: Fault) -> Option<Edit> {
    let edit: Edit = match fault {
        // Listed, as it must be: only the algorithm itself is wrong.
        Fault::DigestAlgorithmMd5 => |parts| {
            replace(
                parts,
                1,
                der::set_of(0x31, &[der::algorithm_null(oid::MD5)]),
            );
        },
        Fault::DigestAlgorithmUnknown => |parts| {
            replace(
                parts,
                1,
                der::set_of(0x31, &[der::algorithm_null(oid::NOBODYS)]),
            );
        },
        Fault::CertificatesMissing => |parts| {
            remove(parts, 3);
        },
        Fault::ContentMissing => |parts| {
            replace(parts, 2, der::sequence(&[&der::oid(oid::TST_INFO)]));
        },
        Fault::ContentTypeData => |parts| {
            replace(
                parts,
                2,
                der::sequence(&[&der::oid(oid::DATA), &der::context(0, &der::octets(&[]))]),
            );
        },
        Fault::SignersNone => |parts| {
            replace(parts, 4, der::set_of(0x31, &[]));
        },
        Fault::SignersTwo => |parts| {
            double_set(parts, 4);
        },
        _ => return None,
    };
    Some(edit)
}

fn replace(parts: &mut [Vec<u8>], place: usize, part: Vec<u8>) {
    if let Some(old) = parts.get_mut(place) {
        *old = part;
    }
}

fn remove(parts: &mut [Vec<u8>], place: usize) {
    replace(parts, place, Vec::new());
}

fn repeat(parts: &mut Vec<Vec<u8>>, place: usize) {
    parts.extend(parts.get(place).cloned());
}

fn shorten(parts: &mut [Vec<u8>], place: usize) {
    if let Some(part) = parts.get_mut(place) {
        part.pop();
    }
}

/// Puts the one member of a set into it a second time.
fn double_set(parts: &mut [Vec<u8>], place: usize) {
    let Some(set) = parts.get_mut(place) else {
        return;
    };
    // A set of one signer is longer than 127 octets: tag, 0x81 or 0x82, length.
    let head = match set.get(1) {
        Some(0x81) => 3,
        _ => 4,
    };
    let member = set.get(head..).unwrap_or_default().to_vec();
    *set = der::tlv(0x31, &[member.clone(), member].concat());
}

fn attribute(id: &[u8], value: &[u8]) -> Vec<u8> {
    der::sequence(&[&der::oid(id), &der::set_of(0x31, &[value.to_vec()])])
}
