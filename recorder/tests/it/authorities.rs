//! Several authorities, each asked as often as it allows, and none of them waited for.

use std::time::{Duration, Instant};

use proofline::authority::Authority;
use proofline::checkpoint::{
    Backoff, DRAIN_TIME, Occasion, Outcome, Queue, Why, drain, renew, run, run_patiently,
};
use proofline::config::Config;
use proofline::recorder::deadline;
use proofline::revocation::{Fetcher, HttpFetcher};
use proofline::stamp::Stamper;
use proofline_format::object::{Evidence, ItemKind};
use proofline_tsa::{Expected, Options, verify};

use crate::checkpoint::NOW;
use crate::fixture::{Project, check_store};
use crate::world::{World, name, pass, test_clock, url};

/// Authorities by name and weight.
fn config(authorities: &[(&str, u32)], wanted: usize) -> Config {
    let mut config = Config {
        authorities_wanted: wanted,
        ..Config::default()
    };
    for (name, weight) in authorities {
        config.add(Authority {
            weight: *weight,
            ..Authority::at(&url(name)).unwrap()
        });
    }
    config
}

fn run_at(project: &Project, config: &Config, world: &World<'_>, occasion: Occasion) -> Outcome {
    let (store_dir, home) = (project.store_dir(), project.home());
    loop {
        let outcome = run(&store_dir, &home, config, world, occasion).unwrap();
        // A process that another test starts holds what we hold until it is itself.
        if !outcome.is_running_elsewhere {
            return outcome;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn queue(project: &Project, config: &Config) -> Queue {
    let backoff = Backoff::load(&project.store_dir());
    Queue::of(&project.store(), config, &backoff).unwrap()
}

fn tokens(project: &Project, size: u64) -> usize {
    let items = project.store().items(size).unwrap();
    let tokens = items
        .iter()
        .filter(|i| i.kind == ItemKind::TimeStampResponse);
    tokens.count()
}

/// Without it: a cheap authority is asked although the user prefers another, or none is asked
/// because the preferred one is down.
#[test]
fn the_heaviest_is_asked_first_and_the_next_where_it_fails() {
    let project = Project::new();
    let world = World::new(&["light", "heavy", "middle"]);
    let config = config(&[("light", 1), ("heavy", 9), ("middle", 5)], 1);
    project.record("s");
    let outcome = run_at(&project, &config, &world, NOW);
    assert_eq!(outcome.stamped, Some((2, url("heavy"))));
    assert_eq!(world.asked(), ["heavy"]);
    world.take_down("heavy", None);
    project.record("s");
    let outcome = run_at(&project, &config, &world, NOW);
    assert_eq!(world.asked(), ["heavy", "middle"]);
    assert_eq!(outcome.failures, [(url("heavy"), "heavy is down".into())]);
    // Left alone for a while, then preferred again.
    pass(Duration::from_secs(900));
    project.record("s");
    world.bring_back("heavy");
    pass(Duration::from_secs(900));
    let outcome = run_at(&project, &config, &world, Occasion::IfDue);
    assert_eq!(world.asked(), ["heavy"]);
    assert_eq!((outcome.queued, outcome.next), (0, None));
}

/// Without it: one authority's key is stolen, and nothing else says when the log was.
#[test]
fn each_checkpoint_is_stamped_by_as_many_authorities_as_are_wanted() {
    let project = Project::new();
    let world = World::new(&["a", "b", "c"]);
    let two = config(&[("a", 3), ("b", 2), ("c", 1)], 2);
    project.record("s");
    let outcome = run_at(&project, &two, &world, NOW);
    assert_eq!(outcome.tokens, [(2, url("a")), (2, url("b"))]);
    assert_eq!(tokens(&project, 2), 2);
    // One fails: the third stands in.
    world.take_down("a", None);
    project.record("s");
    let outcome = run_at(&project, &two, &world, NOW);
    assert_eq!(outcome.tokens, [(4, url("b")), (4, url("c"))]);
    // Two fail: one token is kept, and the checkpoint waits for the second.
    world.take_down("c", None);
    project.record("s");
    let outcome = run_at(&project, &two, &world, NOW);
    assert_eq!((outcome.tokens.len(), outcome.queued), (1, 1));
    assert!(!outcome.newest_waits);
    assert_eq!(queue(&project, &two).waiting[0].stamped_by, [url("b")]);
    // What is there is not asked for again.
    world.asked();
    world.bring_back("a");
    pass(Duration::from_secs(600));
    let outcome = run_at(&project, &two, &world, Occasion::IfDue);
    assert_eq!(world.asked(), ["a"]);
    assert_eq!(outcome.queued, 0);
    assert_eq!(tokens(&project, 6), 2);
    // Every token, with its request, is listed by the next checkpoint.
    project.record("s");
    run_at(&project, &two, &world, NOW);
    let all = check_store(&project.store());
    let address = all.last().unwrap().entry.diff_hash.unwrap();
    let evidence = project.store().object(&address).unwrap().unwrap();
    let items = Evidence::parse(&evidence).unwrap().items;
    assert_eq!(items.iter().filter(|item| item.for_size == 6).count(), 4);
}

/// Without it: a user who asks for more authorities than he names believes that he has them.
#[test]
fn more_authorities_than_there_are_cannot_stamp() {
    let project = Project::new();
    let world = World::new(&["a"]);
    let many = config(&[("a", 1)], 3);
    project.record("s");
    let outcome = run_at(&project, &many, &world, NOW);
    assert_eq!((outcome.tokens.len(), outcome.queued), (1, 0));
    // Another that is named later is asked for what lacks a second token.
    let world = World::new(&["a", "b"]);
    let more = config(&[("a", 2), ("b", 1)], 2);
    let outcome = run_at(&project, &more, &world, Occasion::IfDue);
    assert_eq!(outcome.tokens, [(2, url("b"))]);
}

/// Without it: two addresses of one authority pass for two authorities, or it is asked for ever.
#[test]
fn two_addresses_of_one_authority_count_once() {
    let project = Project::new();
    let world = World::new(&["a"]).with_alias("a", "alias");
    let two = config(&[("a", 2), ("alias", 1)], 2);
    project.record("s");
    let outcome = run_at(&project, &two, &world, NOW);
    assert_eq!(world.asked(), ["a", "alias"]);
    assert_eq!(outcome.queued, 1);
    let waiting = &queue(&project, &two).waiting[0];
    assert_eq!((waiting.tokens, waiting.stamped_by.len()), (1, 2));
    pass(Duration::from_secs(900));
    let outcome = run_at(&project, &two, &world, Occasion::IfDue);
    assert_eq!(outcome.next, None);
    assert!(world.asked().is_empty());
}

/// Without it: a public authority shuts us out.
#[test]
fn an_authority_is_asked_as_often_as_it_allows_even_by_hand() {
    let project = Project::new();
    let world = World::new(&["slow"]);
    let mut config = config(&[("slow", 1)], 1);
    config.authorities[0].min_interval = Duration::from_secs(15);
    project.record("s");
    assert!(run_at(&project, &config, &world, NOW).stamped.is_some());
    project.record("s");
    pass(Duration::from_secs(14));
    let outcome = run_at(&project, &config, &world, NOW);
    assert!(outcome.sealed.is_some() && outcome.stamped.is_none() && outcome.newest_waits);
    assert_eq!(outcome.next.unwrap().why, Why::Interval);
    assert_eq!(world.asked(), ["slow"]);
    // Whoever waits for it gets it as soon as may be.
    project.record("s");
    let outcome = run_patiently(
        &project.store_dir(),
        &project.home(),
        &config,
        &world,
        (NOW, Duration::from_secs(20)),
        &pass,
    );
    let outcome = outcome.unwrap();
    assert_eq!(outcome.stamped, Some((6, url("slow"))));
    assert_eq!(outcome.sealed.unwrap().size, 6);
    assert_eq!(world.asked(), ["slow"]);
    assert_eq!(outcome.queued, 1, "the older one has to wait another 15 s");
}

/// Without it: a minute's pause of the preferred authority sends everything to another, and a
/// day's pause leaves the newest checkpoint without a token.
#[test]
fn a_short_interval_is_waited_for_and_a_long_one_is_not() {
    for (interval, want) in [(60, vec!["a"]), (3_600, vec!["a", "b"])] {
        let project = Project::new();
        let world = World::new(&["a", "b"]);
        let mut config = config(&[("a", 2), ("b", 1)], 1);
        config.authorities[0].min_interval = Duration::from_secs(interval);
        for _ in 0..2 {
            project.record("s");
            run_at(&project, &config, &world, NOW);
        }
        assert_eq!(world.asked(), want, "{interval}");
    }
}

/// Without it: a laptop that was offline for three days has checkpoints that nobody ever stamps,
/// or a hook waits for the network, or an authority is flooded when it is back.
#[test]
fn offline_for_three_days_and_back_everything_is_stamped_and_no_hook_waits() {
    let project = Project::new();
    // While an authority is asked, a hook records: no lock is held over the network.
    let world = World::new(&["a", "b"]).with_hook(&project);
    let config = config(&[("a", 2), ("b", 1)], 1);
    world.take_down("a", None);
    world.take_down("b", None);
    let quarter = Duration::from_secs(15 * 60);
    let checkpoints = 3 * 24 * 4;
    for _ in 0..checkpoints {
        project.record("s");
        pass(quarter);
        let outcome = run_at(&project, &config, &world, Occasion::IfDue);
        assert!(outcome.sealed.is_some() && outcome.tokens.is_empty());
    }
    let asked = world.asked().len();
    // Each answer of the network costs nothing but a try now and then.
    assert!(asked <= 2 * checkpoints, "{asked}");
    let waiting = queue(&project, &config);
    assert_eq!(waiting.waiting.len(), checkpoints);
    let oldest = waiting.oldest(&project.store()).unwrap().unwrap();
    let lag = test_clock().millis() - oldest.millis();
    assert!(lag > 3 * 86_400_000 - 2_000_000, "{lag}");

    world.bring_back("a");
    world.bring_back("b");
    pass(quarter);
    let newest = waiting.newest.unwrap();
    let until = deadline(DRAIN_TIME);
    let began = Instant::now();
    let drained = drain(
        &project.store_dir(),
        &project.home(),
        &config,
        &world,
        until,
        &pass,
    )
    .unwrap();
    println!("{} tokens in {:?}", drained.tokens, began.elapsed());
    assert_eq!((drained.queued, drained.failures.len()), (0, 0));
    let store = project.store();
    assert_eq!(store.stamped_sizes().unwrap(), store.note_sizes().unwrap());
    let asked = world.asked.borrow();
    assert!(
        asked.iter().all(|(_, url)| name(url) == "a"),
        "b is not needed"
    );
    let older = asked.windows(2).skip(1);
    assert!(older.clone().count() > checkpoints - 3);
    assert!(older.clone().all(|two| two[1].0 - two[0].0 >= 1_000));
    // Newest first: its token bounds all, and is there before the others.
    let gen_time = |size: u64| {
        let items = store.items(size).unwrap();
        let token = items.iter().find(|i| i.kind == ItemKind::TimeStampResponse);
        let report = verify(
            &token.unwrap().bytes,
            Expected::NotGiven,
            &[],
            &Options::default(),
        );
        report.claims().unwrap().gen_time
    };
    let notes = store.note_sizes().unwrap();
    // What hooks recorded meanwhile has made checkpoints of its own, each stamped first.
    let waited = notes.iter().rev().filter(|size| **size <= newest);
    let backwards: Vec<_> = waited.map(|size| gen_time(*size)).collect();
    assert_eq!(backwards.len(), checkpoints);
    assert!(backwards.is_sorted());
    check_store(&store);
}

/// Without it: a second authority that was away for days leaves a thousand half-stamped
/// checkpoints, or is asked again for those that it stamped.
#[test]
fn the_second_authority_catches_up_too() {
    let project = Project::new();
    let world = World::new(&["a", "b"]);
    let config = config(&[("a", 2), ("b", 1)], 2);
    world.take_down("b", None);
    for _ in 0..5 {
        project.record("s");
        pass(Duration::from_secs(900));
        run_at(&project, &config, &world, Occasion::IfDue);
    }
    assert_eq!(queue(&project, &config).waiting.len(), 5);
    world.bring_back("b");
    world.asked();
    pass(Duration::from_secs(900));
    let until = deadline(DRAIN_TIME);
    let (store_dir, home) = (project.store_dir(), project.home());
    let drained = drain(&store_dir, &home, &config, &world, until, &pass).unwrap();
    assert_eq!((drained.tokens, drained.queued), (5, 0));
    assert_eq!(world.asked(), ["b"; 5]);
    for size in project.store().note_sizes().unwrap() {
        assert_eq!(tokens(&project, size), 2);
    }
}

/// Without it: a renewal asks an authority more often than it allows, or keeps nobody's rules but
/// its own.
#[test]
fn a_renewal_keeps_to_the_intervals_too() {
    let project = Project::new();
    let world = World::new(&["a", "b"]);
    let mut config = config(&[("a", 2), ("b", 1)], 1);
    for authority in &mut config.authorities {
        authority.min_interval = Duration::from_secs(60);
    }
    project.record("s");
    run_at(&project, &config, &world, NOW);
    assert_eq!(world.asked(), ["a"]);
    let (store_dir, home) = (project.store_dir(), project.home());
    let fetcher = HttpFetcher::default();
    let renewed = |ends_at| {
        let asked: (&dyn Stamper, &dyn Fetcher) = (&world, &fetcher);
        let wait = Duration::from_secs(5);
        renew(&store_dir, &home, &config, asked, wait, ends_at).unwrap()
    };
    // The first was asked a moment ago: the second is, and lasts long enough.
    let first = renewed(i64::MIN);
    assert_eq!(world.asked(), ["b"]);
    assert!(first.lasts_longer);
    let (url, why) = &first.failures[0];
    assert!(
        *url == self::url("a") && why.contains("(interval)"),
        "{why}"
    );
    assert_eq!(first.next.map(|pause| pause.why), Some(Why::Interval));
    // Nobody may be asked: the checkpoint stands, and it is said when somebody may be.
    let second = renewed(i64::MIN);
    assert_eq!(world.asked(), [""; 0]);
    assert!(!second.lasts_longer && second.tokens.is_empty());
    assert_eq!(second.failures.len(), 2);
    pass(Duration::from_secs(61));
    // None lasts long enough: both are asked, and both tokens are kept.
    let third = renewed(i64::MAX);
    assert_eq!(world.asked(), ["a", "b"]);
    assert!(!third.lasts_longer);
    let size = third.tokens[0].0;
    assert!(tokens(&project, size) >= 2);
}
