"""What the HTTP door says of itself, in the languages that it speaks: its own problems and its front page."""

from collections.abc import Mapping
from typing import Literal, TypeAlias

Language: TypeAlias = Literal["zh-CN", "en"]

LANGUAGES: tuple[Language, ...] = ("en", "zh-CN")
"""The first is spoken where nobody says what they understand."""

DOOR: Mapping[str, Mapping[Language, str]] = {
    "UNAUTHENTICATED": {
        "en": "Send `Authorization: Bearer` with an access token that is valid; `fieldtrace token create` makes one.",
        "zh-CN": "请在 Authorization: Bearer 中附上有效的访问令牌；可用 fieldtrace token create 创建。",
    },
    "SIGN_IN_FAILED": {
        "en": "This account and password do not fit together.",
        "zh-CN": "账号与密码不匹配。",
    },
    "LOCKED_OUT": {
        "en": "Too many tries have failed. Wait {minutes} min {rest} s, then try again.",
        "zh-CN": "失败次数过多。请等待 {minutes} 分 {rest} 秒后再试。",
    },
    "NOT_VOUCHED_FOR": {
        "en": "That sign-in does not let you in here. Try again; if it stays so, ask who keeps the house for a role.",
        "zh-CN": "该登录方式未能通过验证。请重试；若仍不成功，请联系管理员分配角色。",
    },
    "ISSUER_UNAVAILABLE": {
        "en": "The sign-in service does not answer at the moment. Try again in a little while.",
        "zh-CN": "登录服务暂时没有应答。请稍后再试。",
    },
    "CROSS_SITE": {
        "en": "This did not come from a page of this server. Open the page again and send it from there.",
        "zh-CN": "该请求并非来自本服务的页面。请重新打开页面后再提交。",
    },
    "NOT_FOUND": {
        "en": "There is nothing at this address; /openapi.json lists what there is.",
        "zh-CN": "此地址没有内容；/openapi.json 列出了全部接口。",
    },
    "METHOD_NOT_ALLOWED": {
        "en": "This address does not take this method; the Allow header says which it takes.",
        "zh-CN": "此地址不支持该方法；Allow 头列出了可用的方法。",
    },
    "UNSUPPORTED_MEDIA_TYPE": {
        "en": "This address does not read {content_type}; it reads {readable}.",
        "zh-CN": "此地址不接受 {content_type}；可接受：{readable}。",
    },
    "BATCH_TOO_LARGE": {
        "en": "A batch has at most {limit} events; send the rest in another one.",
        "zh-CN": "一批最多 {limit} 个事件；其余请另行发送。",
    },
    "PROJECTION_BEHIND": {
        "en": "This answer is not complete up to position {min_position} yet; ask again in a moment.",
        "zh-CN": "结果尚未更新到位置 {min_position}；请稍后再查。",
    },
    "NOT_THERE_YET": {
        "en": "The log reaches to position {head}; nothing can be answered as of {at} yet.",
        "zh-CN": "日志目前到位置 {head}；尚不能回答截至 {at} 的问题。",
    },
    "DOSSIER_TOO_LARGE": {
        "en": "There are more events about {subject} than one bundle holds.",
        "zh-CN": "关于 {subject} 的事件超出单个证据包的上限。",
    },
    "NOT_SIGNED_YET": {
        "en": "No signature covers position {position} yet; the signer comes by every few seconds. Ask again.",
        "zh-CN": "位置 {position} 尚未被签名覆盖；签名程序每隔数秒运行一次。请稍后再查。",
    },
    "LOG_UNAVAILABLE": {
        "en": "The log cannot be reached at the moment. Send the same request again; nothing happens twice.",
        "zh-CN": "暂时无法访问日志。请原样重新发送请求；不会重复执行。",
    },
    "NOT_READY": {
        "en": "The service is starting or catching up; ask again in a moment.",
        "zh-CN": "服务正在启动或追赶进度；请稍后再试。",
    },
    "INTERNAL": {
        "en": "This went wrong on our side and was written down. Say the number {instance} when you ask about it.",
        "zh-CN": "服务端出现错误，已记录。询问时请提供编号 {instance}。",
    },
}
"""The problems of the door itself, by code. What a rule of the business says is worded in the services."""

TITLES_ZH: Mapping[str, str] = {
    "UNAUTHENTICATED": "未认证",
    "SIGN_IN_FAILED": "登录失败",
    "LOCKED_OUT": "尝试次数过多",
    "NOT_VOUCHED_FOR": "身份未通过验证",
    "ISSUER_UNAVAILABLE": "登录服务不可用",
    "CROSS_SITE": "跨站请求",
    "NOT_FOUND": "未找到",
    "METHOD_NOT_ALLOWED": "方法不允许",
    "UNSUPPORTED_MEDIA_TYPE": "媒体类型不支持",
    "BATCH_TOO_LARGE": "批次过大",
    "PROJECTION_BEHIND": "读模型落后",
    "NOT_THERE_YET": "位置尚未到达",
    "DOSSIER_TOO_LARGE": "档案过大",
    "NOT_SIGNED_YET": "尚未签名",
    "LOG_UNAVAILABLE": "日志暂不可用",
    "NOT_READY": "尚未就绪",
    "INTERNAL": "内部错误",
}


def understood(accept_language: str | None) -> Language:
    """The language that a reader understands best (RFC 9110, Accept-Language)."""
    best: tuple[float, Language] = (0.0, LANGUAGES[0])
    for part in (accept_language or "").split(","):
        name, _, parameter = part.strip().partition(";")
        try:
            weight = float(parameter.strip().removeprefix("q=")) if parameter else 1.0
        except ValueError:
            weight = 0.0
        spoken = _spoken(name.strip().lower())
        if spoken is not None and weight > best[0]:
            best = (weight, spoken)
    return best[1]


def _spoken(name: str) -> Language | None:
    if name == "zh" or name.startswith("zh-"):
        return "zh-CN"
    return "en" if name == "en" or name.startswith("en-") else None


FRONT: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "title": "Fieldtrace (行迹)",
        "what": "Every visit, lead claim and target change of this organisation is kept here as an immutable event. "
        "Who owned a customer on a day, what a rep did, what a figure stands on: asked of the log, answered from it.",
        "docs": "every call, its parameters and bodies",
        "openapi": "the same for machines",
        "ready": "whether the service can do its work",
        "metrics": "figures for Prometheus",
        "first": "Make an access token with `fieldtrace token create` and emit a first event:",
    },
    "zh-CN": {
        "title": "行迹 Fieldtrace",
        "what": "本组织的每次拜访、线索领取和目标变更，都以不可更改的事件保存在这里。"
        "某天客户归谁、销售做了什么、数字依据何在：向日志提问，由日志作答。",
        "docs": "全部接口、参数与请求体",
        "openapi": "供程序读取的同一份说明",
        "ready": "服务是否可用",
        "metrics": "Prometheus 指标",
        "first": "先用 fieldtrace token create 创建访问令牌，然后发出第一个事件：",
    },
}
"""The front page."""

SIGN_IN: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "title": "Sign in",
        "name": "Account",
        "password": "Password",
        "go": "Sign in",
        "demo": "Look around the demo company as",
        "signed_in": "You are signed in as {actor} ({role}).",
        "leave": "Sign out",
        "issuer": "Sign in with your organisation's account",
        "on": "Go on",
    },
    "zh-CN": {
        "title": "登录",
        "name": "账号",
        "password": "密码",
        "go": "登录",
        "demo": "以下列身份浏览演示公司",
        "signed_in": "您已登录：{actor}（{role}）。",
        "leave": "退出登录",
        "issuer": "使用单位账号登录",
        "on": "继续",
    },
}
"""The page to sign in at."""
