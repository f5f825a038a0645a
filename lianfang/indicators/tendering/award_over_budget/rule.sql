WITH compared AS (
  SELECT
    t.unit_id, t.tender_id, t.title, t.winner_id, t.award_price, t.award_notice_date, t.budget,
    i.adjusted - i.amount AS added,
    t.budget + GREATEST(COALESCE(i.adjusted - i.amount, 0), 0) AS ceiling
  FROM tender AS t
  LEFT JOIN budget_item AS i ON i.budget_item_code = t.budget_item_code
  WHERE t.regime = 'CG' AND t.budget > 0
)
SELECT
  c.unit_id, 'tender' AS subject_type, c.tender_id AS subject_id,
  GREATEST(ratio(c.award_price - c.ceiling, c.ceiling), 0.000001) AS metric, -- never rounded away
  c.title, c.winner_id, c.award_notice_date, c.award_price, c.budget, c.added, c.award_price - c.ceiling AS excess
FROM compared AS c
WHERE c.award_price > c.ceiling
