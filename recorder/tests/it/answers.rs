//! What is made of an authority's answer when it arrives, over HTTP on loopback.

use std::time::Duration;

use proofline::checkpoint::{Backoff, Why, run};
use proofline::clock;
use proofline::config::Config;
use proofline::stamp::HttpStamper;
use proofline_format::object::ItemKind;
use proofline_tsa::{Expected, Options, Outcome as Verdict, TrustAnchor, verify};
use proofline_tsa_authority::fault::Fault;
use proofline_tsa_authority::http_fault::HttpFault;

use crate::checkpoint::{NOW, checkpoint};
use crate::fixture::{LoopbackAuthority, Project};

/// Without it: an authority that asks for two minutes is asked again at once.
#[test]
fn retry_after_is_obeyed_and_the_next_authority_asked_meanwhile() {
    let project = Project::new();
    let busy = LoopbackAuthority::with_http_fault(HttpFault::StatusUnavailableWait);
    let other = LoopbackAuthority::start();
    let alone = crate::checkpoint::config(&[&busy.url]);
    project.record("s");
    let outcome = checkpoint(&project, &alone, NOW);
    assert!(outcome.failures[0].1.contains("asks to wait 120 s"));
    let backoff = Backoff::load(&project.store_dir());
    let pause = backoff.pause_by_hand(&alone.authorities[0], clock::now());
    assert_eq!(pause.unwrap().why, Why::AskedToWait);
    let left = pause.unwrap().left(clock::now());
    assert!(left > Duration::from_secs(100) && left <= Duration::from_secs(120));
    assert!(checkpoint(&project, &alone, NOW).failures.is_empty());
    assert_eq!(busy.requests(), 1);
    let both = crate::checkpoint::config(&[&busy.url, &other.url]);
    let outcome = checkpoint(&project, &both, NOW);
    assert_eq!(outcome.stamped, Some((2, other.url.clone())));
    assert_eq!((busy.requests(), other.requests()), (1, 1));
}

fn with_root(project: &Project, authority: &LoopbackAuthority, pem: &str) -> Config {
    let path = project.dir.path().join("root.pem");
    std::fs::write(&path, pem).unwrap();
    let mut config = crate::checkpoint::config(&[&authority.url]);
    config.authorities[0].root = Some(path);
    config
}

/// Without it: whoever sits between device and authority gives tokens of his own, and the auditor
/// notices years later.
#[test]
fn an_answer_that_does_not_lead_to_the_configured_root_is_not_kept() {
    let project = Project::new();
    let (ours, other) = (LoopbackAuthority::start(), LoopbackAuthority::start());
    project.record("s");
    let stamp = |config: &Config| {
        let stamper = HttpStamper::of(config);
        run(&project.store_dir(), &project.home(), config, &stamper, NOW).unwrap()
    };
    let outcome = stamp(&with_root(&project, &ours, &other.root_pem));
    assert!(outcome.stamped.is_none());
    assert!(
        outcome.failures[0].1.contains("path-not-found"),
        "{:?}",
        outcome.failures
    );
    assert_eq!(project.store().items(2).unwrap(), []);
    // A root that is not there is not a root that agrees; the authority is not even asked.
    let mut gone = with_root(&project, &ours, "");
    let requests = ours.requests();
    let outcome = stamp(&gone);
    assert!(
        outcome.failures[0].1.contains("root certificates `"),
        "{:?}",
        outcome.failures
    );
    gone.authorities[0].root = Some("/nowhere/root.pem".into());
    let outcome = stamp(&gone);
    assert!(
        outcome.failures[0]
            .1
            .contains("cannot read root certificates `/nowhere")
    );
    assert_eq!(ours.requests(), requests);
    let outcome = stamp(&with_root(&project, &ours, &ours.root_pem));
    assert_eq!(outcome.stamped, Some((2, ours.url.clone())));
    // The policy asked for is the one that must come back, too.
    let mut other_policy = with_root(&project, &ours, &ours.root_pem);
    other_policy.authorities[0].policy = Some("1.2.3.4".into());
    project.record("s");
    let outcome = stamp(&other_policy);
    assert!(
        outcome.failures[0].1.contains("unacceptedPolicy"),
        "{:?}",
        outcome.failures
    );
}

/// Without it: a token that leaves out its issuer's certificate cannot be verified when nobody has
/// that certificate any more.
#[test]
fn certificates_that_the_answer_lacks_are_kept_beside_it() {
    let project = Project::new();
    let authority = LoopbackAuthority::with_fault(Fault::IssuerMissing);
    let config = with_root(&project, &authority, &authority.chain_pem);
    project.record("s");
    let stamper = HttpStamper::of(&config);
    run(
        &project.store_dir(),
        &project.home(),
        &config,
        &stamper,
        NOW,
    )
    .unwrap();
    let items = project.store().items(2).unwrap();
    let of_kind = |kind: ItemKind| {
        let items = items.iter().filter(move |item| item.kind == kind);
        items.map(|item| item.bytes.as_slice()).collect::<Vec<_>>()
    };
    let certificates = of_kind(ItemKind::Certificate);
    assert_eq!(
        certificates.len(),
        1,
        "the issuer's; the root is for the verifier to have"
    );
    let anchors = TrustAnchor::all_from_pem(authority.root_pem.as_bytes()).unwrap();
    let token = of_kind(ItemKind::TimeStampResponse)[0];
    let judge = |certificates: &[&[u8]]| {
        let options = Options {
            certificates,
            ..Options::default()
        };
        verify(token, Expected::NotGiven, &anchors, &options).outcome()
    };
    assert_eq!(judge(&[]), Verdict::Indeterminate);
    assert_eq!(judge(&certificates), Verdict::Valid);
    // An honest answer lacks nothing.
    let honest = LoopbackAuthority::start();
    let config = with_root(&project, &honest, &honest.chain_pem);
    project.record("s");
    run(
        &project.store_dir(),
        &project.home(),
        &config,
        &stamper,
        NOW,
    )
    .unwrap();
    assert_eq!(project.store().items(4).unwrap().len(), 2);
}
