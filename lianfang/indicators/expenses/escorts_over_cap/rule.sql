WITH counted AS (
  SELECT
    e.unit_id, e.claim_id, e.person_id, e.guests, e.escorts, e.amount, e.start_date, e.claim_date, e.city,
    -- up to ten guests a third never exceeds the fixed number, above ten it never falls below
    GREATEST(param('few_escorts'), floor(ratio(e.guests, param('guests_per_escort')))) AS allowed
  FROM expense_claim AS e
  WHERE e.kind = '接待' AND e.guests > 0
)
SELECT
  c.unit_id, 'expense_claim' AS subject_type, c.claim_id AS subject_id, c.person_id, c.escorts - c.allowed AS metric,
  c.guests, c.escorts, c.allowed, c.amount, c.start_date, c.claim_date, c.city
FROM counted AS c
WHERE c.escorts > c.allowed
