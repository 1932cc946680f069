"""How we talk with the WeChat platform; the only place that knows wechatpy."""
