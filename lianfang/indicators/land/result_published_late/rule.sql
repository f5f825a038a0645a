WITH parcel AS (
  SELECT p.parcel_id, p.unit_id, p.mode, p.use_type, p.deal_price, p.deal_confirm_date, p.list_end, p.contract_date,
    p.result_publish_date, COALESCE(p.deal_confirm_date, p.list_end) AS sold_on,
    COALESCE(p.result_publish_date,
      CASE WHEN absent(p.result_publish_date) AND COALESCE(p.deal_confirm_date, p.contract_date) IS NOT NULL
        THEN as_of() END) AS published_by
  FROM land_parcel AS p
  WHERE p.mode IN ('招标', '拍卖', '挂牌')
),
counted AS (
  SELECT p.parcel_id, p.unit_id, p.mode, p.use_type, p.deal_price, p.deal_confirm_date, p.list_end, p.contract_date,
    p.result_publish_date, param('publish_workdays', p.sold_on) AS allowed,
    -- years before the rule are not counted: the calendar need not cover them
    CASE WHEN param('publish_workdays', p.sold_on) IS NOT NULL AND p.sold_on <= p.published_by
      THEN workdays(p.sold_on, p.published_by) END AS used
  FROM parcel AS p
)
SELECT
  c.unit_id,
  'land_parcel' AS subject_type,
  c.parcel_id AS subject_id,
  c.used - c.allowed AS metric,
  c.mode,
  c.use_type,
  c.deal_price,
  c.deal_confirm_date,
  c.list_end,
  c.contract_date,
  c.result_publish_date
FROM counted AS c
WHERE c.used > c.allowed
