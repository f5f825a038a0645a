WITH running AS (
  SELECT
    c.unit_id, c.contract_id, c.amount, p.pay_date,
    COALESCE(param('payable', COALESCE(c.sign_date, as_of())), 1 - COALESCE(c.retention_ratio, 0)) AS payable,
    COALESCE(c.prepay_ratio, param('prepay_unknown')) AS prepay,
    SUM(p.amount) OVER (PARTITION BY c.contract_id ORDER BY p.pay_date) AS paid,
    MAX(p.cumulative_progress) OVER (PARTITION BY c.contract_id ORDER BY p.pay_date) AS progress
  FROM contract AS c
  JOIN payment AS p ON p.contract_id = c.contract_id
  LEFT JOIN project AS j ON j.project_id = c.project_id
  WHERE c.amount > 0
    AND p.pay_date IS NOT NULL
    AND NOT COALESCE(p.pay_date >= COALESCE(c.accept_date, j.accept_date), FALSE)
    AND NOT COALESCE(p.to_wage_account, FALSE)
),
excess AS (
  SELECT
    r.unit_id, r.contract_id, r.amount, r.pay_date, r.payable, r.prepay, r.paid, r.progress,
    r.paid - r.progress * r.payable - r.amount * r.prepay AS beyond
  FROM running AS r
  WHERE r.progress IS NOT NULL
),
worst AS (
  SELECT
    e.unit_id, e.contract_id, e.amount, e.pay_date, e.payable, e.prepay, e.paid, e.progress, e.beyond,
    ROW_NUMBER() OVER (PARTITION BY e.contract_id ORDER BY e.beyond DESC, e.pay_date) AS place
  FROM excess AS e
)
SELECT
  w.unit_id, 'contract' AS subject_type, w.contract_id AS subject_id,
  GREATEST(ratio(w.beyond, w.amount), 0.000001) AS metric, -- never rounded away
  w.pay_date, w.paid, w.progress, w.beyond, w.payable AS share_payable, w.prepay AS prepay_share,
  w.amount AS contract_amount
FROM worst AS w
WHERE w.place = 1 AND w.beyond > 0
