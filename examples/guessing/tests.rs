use crate::attack::{self, Count, Crowd};
use crate::flood;
use crate::plan::{LIFETIME, Plan};
use crate::poisson;
use crate::report::{Report, Row};

fn plans() -> Vec<Plan> {
    Plan::all(5).unwrap()
}

fn attack(plan: &Plan, seed: u64) -> Row {
    let count = attack::simulate(plan, &Crowd::default(), seed, || ());
    Row::new(plan, count.unwrap())
}

/// The one whose limiter keeps its contract, and the one whose does not.
fn nine_digits() -> (Plan, Plan) {
    let mut plans = plans();
    let generous = plans.pop().unwrap();
    (plans.pop().unwrap(), generous)
}

#[test]
fn a_crowd_gets_no_more_guesses_than_the_budget_and_hits_by_chance_alone() {
    for plan in plans().iter().filter(|plan| plan.generosity == 1) {
        let row = attack(plan, 1);
        let budget = plan.limits().guess_budget(LIFETIME, &plan.format);
        let wrong: u32 = budget
            .lengths
            .iter()
            .map(|length| length.wrong_entries)
            .sum();
        let admitted = row.count.admitted;
        assert!(admitted <= wrong, "{}: {admitted}", plan.name);
        assert_eq!(row.count.made, 3_000);
        assert!(row.is_as_expected(), "{row:?}");
        assert!(plan.hits_in_a_lifetime() <= 1e-5, "{budget}");
    }
}

#[test]
#[ignore = "takes half a minute unless optimized: scripts/test-long runs it"]
fn where_the_limiter_is_too_generous_there_are_hits_as_many_as_chance_gives() {
    let (sound, generous) = nine_digits();
    let row = attack(&generous, 2);
    assert!(row.count.hits > 0, "{row:?}");
    assert!(row.is_as_expected(), "{row:?}");
    assert!(generous.hits_in_a_lifetime() > 1.0);
    assert!(row.count.expected > 1_000.0 * sound.hits(), "{row:?}");
}

#[test]
fn a_seed_is_one_attack() {
    let (_, generous) = nine_digits();
    let short = Plan {
        minutes: 1,
        asked: 1_000,
        ..generous
    };
    assert_eq!(attack(&short, 7).count, attack(&short, 7).count);
}

#[test]
fn the_range_is_that_of_a_poisson_variable() {
    assert_eq!(poisson::range(0.0, 0.025), (0, 0));
    assert_eq!(poisson::range(1.0, 0.025), (0, 3));
    assert_eq!(poisson::range(10.0, 0.025), (4, 17));
}

#[test]
fn a_count_beyond_chance_or_bound_is_pointed_at() {
    let (sound, _) = nine_digits();
    let expected = sound.hits() / 2.0;
    let lucky = Count {
        hits: 3,
        expected,
        ..Count::default()
    };
    let unbounded = Count {
        expected: sound.hits() * 2.0,
        ..Count::default()
    };
    for count in [lucky, unbounded] {
        let report = Report(vec![Row::new(&sound, count)]);
        assert!(!report.is_as_expected());
        assert!(report.to_string().contains("NOT AS EXPECTED"));
    }
}

#[test]
#[ignore = "takes half a minute unless optimized: scripts/test-long runs it"]
fn a_flood_keeps_nobody_out_where_codes_grow_and_the_document_says_what_it_does() {
    let shown = include_str!("../../docs/guessing.md");
    let rows = flood::rows(10).unwrap();
    for row in &rows {
        let is_growing = row.longest > 8;
        assert_eq!(is_growing, row.codes == "20 consonants, 8 to 12", "{row}");
        let people = row.people;
        let left_outside = people.refused + people.shut_out_at_home + people.shut_out_elsewhere;
        assert_eq!(left_outside == 0, is_growing, "{row}");
    }
    let table: String = rows.iter().map(|row| format!("{row}\n")).collect();
    assert!(
        shown.contains(&table),
        "docs/guessing.md does not have:\n{table}"
    );
}
