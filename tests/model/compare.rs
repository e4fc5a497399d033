//! One history, on both sides.

use super::house::House;
use super::page::Page;
use super::step::Step;

/// Takes the steps on both sides, and compares what is heard.
pub(crate) async fn compare(mut house: House, steps: &[Step]) -> Result<(), String> {
    let mut page = Page::default();
    let mut story = Vec::new();
    for step in steps {
        let Some(step) = step.among(page.sizes()) else {
            continue;
        };
        let expected = page.answer(step);
        let heard = house.answer(step).await;
        let heard = heard.map_err(|fault| format!("{step:?}: {fault}"))?;
        story.push((step, heard));
        if heard != expected {
            let lines: Vec<String> = story.iter().map(|line| format!("{line:?}")).collect();
            return Err(format!("expected {expected:?}:\n{}", lines.join("\n")));
        }
    }
    Ok(())
}
