"""What each of the platform's addresses is called on our pages."""

_NAMES = {
    "/cgi-bin/message/template/send": "发模板消息",
    "/cgi-bin/message/custom/send": "发客服消息",
    "/cgi-bin/message/subscribe/bizsend": "发订阅通知",
    "/cgi-bin/message/subscribe/send": "发订阅消息（小程序）",
    "/cgi-bin/stable_token": "取接口凭证",
    "/cgi-bin/media/get": "下载照片和语音",
    "/cgi-bin/qrcode/create": "生成二维码",
    "/cgi-bin/user/info": "查用户信息",
    "/cgi-bin/user/info/batchget": "查用户信息（批量）",
    "/wxa/business/getuserphonenumber": "取手机号（小程序）",
    "/wxa/msg_sec_check": "检查文字（小程序）",
    "/wxa/media_check_async": "检查照片（小程序）",
    "/wxa/getwxacodeunlimit": "生成小程序码",
    "/cgi-bin/menu/create": "发布菜单",
    "/cgi-bin/menu/get": "查看菜单",
    "/cgi-bin/openapi/quota/get": "查剩余次数",
    "/cgi-bin/template/get_all_private_template": "读模板列表",
    "/wxaapi/newtmpl/gettemplate": "读订阅模板列表",
    "/cgi-bin/message/mass/sendall": "群发",
    "/cgi-bin/message/mass/get": "查群发结果",
    "/cgi-bin/message/mass/preview": "预览图文",
    "/cgi-bin/media/uploadimg": "上传正文图片",
    "/cgi-bin/material/add_material": "上传封面",
    "/cgi-bin/draft/add": "新建图文草稿",
    "/cgi-bin/draft/get": "查看图文草稿",
    "/cgi-bin/draft/delete": "删除图文草稿",
    "/cgi-bin/freepublish/submit": "发布图文",
    "/cgi-bin/freepublish/get": "查发布结果",
    "/cgi-bin/freepublish/batchget": "查已发布的图文",
}


def path_name(path: str) -> str:
    """Name an address such as /cgi-bin/user/info in plain Chinese; one we do not know stays as it is."""
    return _NAMES.get(path, path)
