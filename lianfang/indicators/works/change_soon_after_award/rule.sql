SELECT
  c.unit_id, 'contract' AS subject_type, c.contract_id AS subject_id, ratio(SUM(g.amount), c.amount) AS metric,
  COUNT(*) AS changes, SUM(g.amount) AS added, c.amount AS contract_amount, MAX(c.supplier_id) AS supplier_id,
  c.sign_date, MIN(g.apply_date) AS first_applied, joined(g.change_id) AS change_ids
FROM contract AS c
JOIN contract_change AS g ON g.contract_id = c.contract_id
WHERE c.amount > 0
  AND g.amount > 0
  AND days(c.sign_date, g.apply_date) <= param('early_days')
  AND COALESCE(g.approve_level, '') <> '原审批部门'
GROUP BY c.unit_id, c.contract_id, c.amount, c.sign_date
HAVING SUM(g.amount) > c.amount * param('share')
