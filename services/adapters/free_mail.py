"""Mail providers at which anybody has an address: their domains say nothing about a company."""

_DOMAINS = """
126.com 139.com 163.com 163.net 188.com 189.cn 21cn.com 263.net aliyun.com aol.com bk.ru bol.com.br daum.net
eyou.com fastmail.com foxmail.com free.fr freenet.de gmail.com gmx.at gmx.ch gmx.com gmx.de gmx.net googlemail.com
hanmail.net hotmail.co.uk hotmail.com hotmail.com.br hotmail.de hotmail.fr hotmail.it icloud.com ig.com.br inbox.ru
laposte.net libero.it list.ru live.cn live.com mac.com mail.com mail.ru me.com msn.com naver.com netease.com
orange.fr outlook.com outlook.com.br pm.me proton.me protonmail.com qq.com rediffmail.com rocketmail.com sina.cn
sina.com sina.com.cn sohu.com t-online.de terra.com.br tom.com tutanota.com uol.com.br vip.163.com vip.qq.com
vip.sina.com wanadoo.fr web.de wo.cn yahoo.co.in yahoo.co.jp yahoo.co.uk yahoo.com yahoo.com.br yahoo.com.cn
yahoo.com.hk yahoo.com.tw yahoo.de yahoo.fr yandex.com yandex.ru yeah.net ymail.com zoho.com
"""
FREE_MAIL = frozenset(_DOMAINS.split())
