//! Sources that are read once and asked many times.

use super::*;

#[test]
fn sources_that_were_read_once_say_at_every_time_what_a_reading_for_that_time_says() {
    let list = |this, next| CrlTemplate::new(INT).times(this, next);
    let lists = [
        list(AT - YEAR, Some(AT - DAY)).make(),
        list(AT, Some(AT + DAY)).make(),
        CrlTemplate::new((INT.0, Key(99))).make(),
        CrlTemplate::new(ROOT)
            .listing(crl_entry(7, AT, &[reason(4)]))
            .make(),
    ];
    let crls: Vec<&[u8]> = lists.iter().map(Vec::as_slice).collect();
    let evidence = RevocationEvidence {
        crls: &crls,
        ..RevocationEvidence::default()
    };
    let path = path();
    let mut sources = RevocationSources::read(&evidence, &RevocationLimits::ONE_TOKEN);
    let mut along = sources.along(&path);
    for at in [AT - 2 * YEAR, AT - YEAR, AT, AT + DAY, AT + 2 * DAY] {
        let alone = check_revocation(&path, &evidence, at);
        assert_eq!(along.at(at), alone.certificates(), "{at}");
    }
}

#[test]
fn a_list_is_checked_once_for_all_times_and_paths() {
    let list = CrlTemplate::new(INT).times(AT - YEAR, None).make();
    let evidence = RevocationEvidence {
        crls: &[&list],
        ..RevocationEvidence::default()
    };
    let limits = RevocationLimits {
        signature_checks: 1,
        ..RevocationLimits::ONE_TOKEN
    };
    let mut sources = RevocationSources::read(&evidence, &limits);
    for unit in ["unit", "its successor"] {
        let path = path_of(Template::new((unit, Key(2)), INT));
        let mut along = sources.along(&path);
        for at in [AT - YEAR, AT - 2 * YEAR] {
            assert!(along.at(at)[0].status.is_good(), "{unit} {at}");
        }
    }
    assert!(!sources.is_exhausted());
}

#[test]
fn a_long_list_is_indexed_and_says_the_same() {
    let entries = |revoked: u8| {
        let others = (0..200_u8).filter(|serial| *serial != UNIT_SERIAL);
        let others = others.map(|serial| crl_entry(serial, AT - 1, &[]));
        let mut list = CrlTemplate::new(INT);
        for entry in others.chain([crl_entry(revoked, AT, &[reason(4)])]) {
            list = list.listing(entry);
        }
        list.make()
    };
    assert_eq!(as_of(&by_crls(&[entries(201)])), Ok(AT - DAY));
    let superseded = Some(RevocationReason::Superseded);
    assert_eq!(revoked(&by_crls(&[entries(UNIT_SERIAL)])), (AT, superseded));
}

#[test]
fn what_is_beyond_a_limit_is_counted() {
    let list = CrlTemplate::new(INT).make();
    let evidence = RevocationEvidence {
        crls: &[&list, &list, &list],
        ..RevocationEvidence::default()
    };
    let limits = RevocationLimits {
        crls: 1,
        signature_checks: 0,
        ..RevocationLimits::ONE_TOKEN
    };
    let mut sources = RevocationSources::read(&evidence, &limits);
    assert_eq!(sources.left_out(), 2);
    assert!(!sources.is_exhausted());
    let status = sources.along(&path()).at(AT).remove(0).status;
    assert_eq!(status, unknown(UnknownCause::ChecksExhausted));
    assert!(sources.is_exhausted());
}
