-- a subcontract hangs on its main contract too, but it is paid by the contractor
WITH part AS (
  SELECT
    c.contract_id, c.amount,
    CASE
      WHEN COALESCE(c.is_supplement, COALESCE(c.ctype, '') <> '分包') THEN COALESCE(c.parent_id, c.contract_id)
      ELSE c.contract_id
    END AS main_id
  FROM contract AS c
),
agreed AS (
  SELECT a.main_id, SUM(a.amount) AS amount, COUNT(*) - 1 AS supplements, COUNT(*) - COUNT(a.amount) AS unknown
  FROM part AS a
  GROUP BY a.main_id
),
changed AS (
  SELECT a.main_id, SUM(g.amount) AS amount, COUNT(*) - COUNT(g.amount) AS unknown
  FROM part AS a
  JOIN contract_change AS g ON g.contract_id = a.contract_id
  WHERE g.approve_date IS NOT NULL
  GROUP BY a.main_id
),
paid AS (
  SELECT a.main_id, SUM(p.amount) AS amount, MAX(p.pay_date) AS last_paid
  FROM part AS a
  JOIN payment AS p ON p.contract_id = a.contract_id
  GROUP BY a.main_id
),
compared AS (
  SELECT
    c.unit_id, c.contract_id, c.supplier_id, c.amount, a.supplements, a.amount - c.amount AS supplemented,
    COALESCE(g.amount, 0) AS changed, p.amount AS paid, p.last_paid, c.settle_amount,
    GREATEST(a.amount + COALESCE(g.amount, 0), COALESCE(c.settle_amount, 0)) AS ceiling
  FROM contract AS c
  JOIN agreed AS a ON a.main_id = c.contract_id
  JOIN paid AS p ON p.main_id = c.contract_id
  LEFT JOIN changed AS g ON g.main_id = c.contract_id
  WHERE c.amount > 0
    AND a.unknown = 0
    AND COALESCE(g.unknown, 0) = 0
    AND (COALESCE(c.award_kind, '总价') = '总价' OR c.settle_amount IS NOT NULL)
)
SELECT
  x.unit_id, 'contract' AS subject_type, x.contract_id AS subject_id,
  GREATEST(ratio(x.paid - x.ceiling, x.ceiling), 0.000001) AS metric, -- never rounded away
  x.supplier_id, x.paid, x.ceiling, x.amount AS contract_amount, x.supplements, x.supplemented, x.changed,
  x.settle_amount, x.last_paid
FROM compared AS x
WHERE x.ceiling > 0 AND x.paid > x.ceiling
