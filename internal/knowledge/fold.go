package knowledge

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Fold reduces a text to the form in which names are compared: compatibility forms unified, lower case, Latin letters
// without their marks, Arabic letters and digits unified, Chinese and Japanese variants of a character brought to one,
// punctuation turned into single spaces, "&" into "and", apostrophes dropped.
// Marks are removed from Latin letters only: elsewhere (й, ガ) they make another letter.
func Fold(s string) string {
	if !norm.NFKC.IsNormalString(s) {
		s = norm.NFKC.String(s)
	}
	var b strings.Builder
	b.Grow(len(s))
	space := true // no leading space
	for _, r := range s {
		switch {
		case 'a' <= r && r <= 'z' || '0' <= r && r <= '9':
			b.WriteByte(byte(r))
			space = false
		case 'A' <= r && r <= 'Z':
			b.WriteByte(byte(r - 'A' + 'a'))
			space = false
		case r == '&':
			if !space {
				b.WriteByte(' ')
			}
			b.WriteString("and ")
			space = true
		case r == '\'' || r == '`':
		case r < 0x80 || !foldLetter(&b, r):
			if r >= 0x80 && isDropped(r) {
				continue
			}
			if !space {
				b.WriteByte(' ')
				space = true
			}
		default:
			space = false
		}
	}
	return strings.TrimRight(b.String(), " ")
}

// isDropped tells characters that vanish without parting a word: apostrophes, combining marks, invisible controls.
func isDropped(r rune) bool {
	return r == '’' || r == '‘' || r == 'ʼ' || r == 'ـ' || unicode.In(r, unicode.Mn, unicode.Cf)
}

// foldLetter writes a letter or digit beyond ASCII in its folded form; false when it is neither.
func foldLetter(b *strings.Builder, r rune) bool {
	switch {
	case 0xAC00 <= r && r <= 0xD7A3: // Hangul syllables
		b.WriteRune(r)
		return true
	case r == 'ʼ' || r == 'ـ':
		return false
	case unicode.IsDigit(r):
		b.WriteByte('0' + digitValue(r))
		return true
	case !unicode.IsLetter(r):
		return false
	}
	r = unicode.ToLower(r)
	if unicode.Is(unicode.Latin, r) {
		foldLatin(b, r)
		return true
	}
	if f, ok := letterFold[r]; ok {
		r = f
	}
	b.WriteRune(r)
	return true
}

func foldLatin(b *strings.Builder, r rune) {
	if s, ok := latinFold[r]; ok {
		b.WriteString(s)
		return
	}
	var letter [utf8.UTFMax]byte
	parts := norm.NFD.Properties(letter[:utf8.EncodeRune(letter[:], r)]).Decomposition() // base letter first, marks after it
	if parts == nil {
		b.WriteRune(r)
		return
	}
	for len(parts) > 0 {
		d, n := utf8.DecodeRune(parts)
		if !unicode.Is(unicode.Mn, d) {
			b.WriteRune(d)
		}
		parts = parts[n:]
	}
}

// digitValue gives the value of a decimal digit of any script: in Unicode such digits stand in runs of ten from zero.
func digitValue(r rune) byte {
	zero := r
	for unicode.IsDigit(zero-1) && r-zero < 9 {
		zero--
	}
	return byte(r - zero)
}

var latinFold = map[rune]string{'ı': "i", 'đ': "d", 'ð': "d", 'ł': "l", 'ø': "o", 'ß': "ss", 'æ': "ae", 'œ': "oe", 'þ': "th"}

// letterFold unifies letters that writers use for one another: Russian ё, Arabic alef, ta marbuta and ya, and the
// traditional and Japanese forms of Chinese characters that occur in names of institutions and countries.
var letterFold = func() map[rune]rune {
	m := map[rune]rune{'ё': 'е', 'أ': 'ا', 'إ': 'ا', 'آ': 'ا', 'ٱ': 'ا', 'ى': 'ي', 'ة': 'ه', 'ک': 'ك', 'ی': 'ي'}
	pairs := "" +
		"學学 國国 醫医 臺台 廣广 広广 東东 亞亚 區区 縣县 県县 關关 関关 經经 経经 濟济 済济 術术 發发 発发 際际 協协 會会 團团 団团 韓韩 漢汉 華华 葉叶 蘭兰 豐丰 農农 處处 処处 廳厅 庁厅 衛卫 衞卫 護护 員员 " +
		"產产 産产 業业 藥药 薬药 檢检 検检 療疗 臟脏 臓脏 藏蔵 腎肾 機机 構构 設设 開开 門门 問问 間间 聞闻 電电 氣气 気气 鐵铁 鉄铁 銀银 長长 張张 陽阳 陰阴 陸陆 隊队 難难 雜杂 雲云 頭头 領领 題题 類类 風风 " +
		"飛飞 養养 館馆 馬马 驗验 験验 體体 髮发 鮮鲜 麗丽 龍龙 竜龙 齒齿 歯齿 實实 実实 寶宝 將将 專专 専专 對对 対对 導导 層层 島岛 師师 廠厂 應应 応应 慶庆 戰战 戦战 採采 據据 擔担 擇择 択择 擴扩 拡扩 數数 " +
		"斷断 時时 條条 楊杨 樂乐 楽乐 標标 樣样 様样 橋桥 歐欧 歩步 歲岁 歳岁 歷历 歴历 殘残 澤泽 沢泽 測测 湯汤 溫温 滿满 満满 漁渔 營营 営营 爲为 為为 獎奖 奨奖 獨独 獲获 現现 環环 當当 盡尽 監监 盤盘 礎础 " +
		"禮礼 離离 種种 積积 穩稳 節节 築筑 範范 簡简 糧粮 紀纪 約约 級级 紅红 紙纸 組组 細细 終终 結结 給给 統统 維维 網网 線线 練练 縁缘 總总 総总 績绩 織织 繼继 続续 續续 羅罗 義义 習习 聖圣 聯联 聲声 職职 " +
		"脈脉 腦脑 脳脑 與与 興兴 舊旧 藝艺 芸艺 莊庄 荘庄 號号 補补 裝装 製制 規规 視视 覺觉 覚觉 觀观 観观 計计 訓训 訪访 許许 診诊 證证 証证 評评 試试 該该 認认 語语 說说 説说 課课 調调 論论 諸诸 講讲 譯译 " +
		"訳译 議议 變变 変变 讓让 財财 責责 貿贸 費费 資资 賓宾 質质 轉转 転转 軍军 輪轮 輸输 辦办 邊边 辺边 達达 遠远 選选 還还 鄉乡 郷乡 釋释 釈释 針针 鑛矿 鉱矿 礦矿 錄录 録录 鎮镇 鏡镜 鐘钟 圖图 図图 圓圆 " +
		"円圆 壓压 圧压 壯壮 鹽盐 塩盐 婦妇 嬰婴 孫孙 寧宁 屬属 嶺岭 巖岩 帶带 帯带 廢废 徑径 從从 従从 復复 恆恒 惡恶 悪恶 憲宪 戲戏 損损 擊击 權权 権权 樹树 決决 況况 準准 潔洁 潛潜 瀨濑 灣湾 災灾 爐炉 熱热 " +
		"燈灯 牆墙 狀状 獸兽 畫画 異异 癒愈 腫肿 膵胰 乾干 億亿 價价 優优 傳传 伝传 備备 債债 傷伤 儀仪 勞劳 労劳 動动 務务 勝胜 勢势 單单 単单 嚴严 厳严 園园 場场 塊块 報报 寫写 帥帅 幹干 彌弥 後后 徵征 態态 " +
		"慣惯 戶户 戸户 擁拥 擬拟 敎教 晝昼 極极 歸归 帰归 氷冰 沒没 滅灭 濱滨 浜滨 瀋沈 狹狭 猶犹 琺珐 盧卢 碼码 稅税 窮穷 競竞 筆笔 絡络 綜综 綠绿 緑绿 繪绘 絵绘 肅肃 膚肤 舉举 挙举 艦舰 蘇苏 衆众 複复 覽览 " +
		"覧览 討讨 註注 誌志 誠诚 請请 識识 豫预 貝贝 負负 貢贡 賀贺 賢贤 贊赞 賛赞 趙赵 跡迹 車车 軌轨 載载 較较 輔辅 連连 週周 進进 運运 過过 違违 遞递 適适 遼辽 邏逻 郵邮 鄧邓 鄭郑 鋼钢 錦锦 鍵键 鑑鉴 閉闭 " +
		"閣阁 闘斗 陳陈 險险 険险 隨随 雙双 雞鸡 霧雾 靈灵 霊灵 靜静 響响 頂顶 順顺 預预 頓顿 頻频 額额 顔颜 顯显 顕显 飲饮 飯饭 飾饰 駅驿 驛驿 騎骑 駐驻 騰腾 驚惊 魚鱼 魯鲁 鳥鸟 鳳凤 鴨鸭 鶴鹤 黃黄 點点 黨党 " +
		"衝冲 陝陕 淺浅 仏佛 壽寿 賴赖 頼赖 " +
		"們们 個个 這这 嗎吗 麼么 麽么 兩两 両两 幾几 無无 裡里 誰谁 錢钱 媽妈 爺爷 買买 賣卖 歡欢 謝谢 來来 萬万 餘余 減减 僅仅 佔占 掛挂 則则 別别 詢询 簽签 談谈 卻却 見见 夠够 樓楼 紹绍 詳详 頁页 訊讯 項项 " +
		"頸颈 顧顾 齡龄 齊齐 腸肠 膽胆 髒脏 爾尔 嬸婶 遲迟 罵骂 緊紧 嚇吓 暈晕 癱瘫 瘋疯 癢痒 燒烧 燙烫 嘔呕 瀉泻 喚唤 腳脚 癥症 幫帮 託托 確确 煩烦 訴诉 話话 嚨咙 搶抢 騙骗 輛辆 絕绝 緒绪 慮虑 擾扰 憂忧 鬱郁 " +
		"愛爱 憐怜 兒儿 妳你 啟启 佈布 僱雇 償偿 儲储 兇凶 冊册 凍冻 刪删 剛刚 創创 劃划 劇剧 劑剂 勵励 勸劝 匯汇 彙汇 參参 叢丛 吳吴 喪丧 嘗尝 嚐尝 圍围 壞坏 夥伙 夾夹 奪夺 奮奋 娛娱 尋寻 屆届 岡冈 崗岗 峽峡 " +
		"幣币 廟庙 彎弯 彈弹 徹彻 悶闷 惱恼 慘惨 憶忆 懇恳 懷怀 懶懒 懸悬 戀恋 拋抛 捨舍 掃扫 掙挣 揀拣 換换 揮挥 搖摇 撐撑 撥拨 撫抚 擋挡 擠挤 擺摆 攝摄 攤摊 攪搅 敗败 敵敌 於于 昇升 曉晓 暫暂 曆历 殼壳 棄弃 " +
		"榮荣 槍枪 樁桩 橫横 檔档 檯台 櫃柜 欄栏 歎叹 殺杀 毀毁 汙污 沖冲 淚泪 淨净 湊凑 滾滚 漲涨 漸渐 潑泼 濃浓 濕湿 濫滥 瀏浏 灑洒 煉炼 煙烟 爭争 牽牵 獻献 瑪玛 畢毕 疊叠 痠酸 瘡疮 瘍疡 瘓痪 盜盗 瞞瞒 矯矫 " +
		"碩硕 礙碍 祕秘 禍祸 稱称 窩窝 籌筹 籃篮 籤签 糾纠 紐纽 純纯 紛纷 絲丝 綁绑 編编 緩缓 縮缩 縱纵 縫缝 繞绕 繳缴 繫系 罰罚 罷罢 聰聪 聽听 脅胁 脫脱 脹胀 膩腻 膠胶 臉脸 臨临 艱艰 萊莱 葷荤 蒐搜 蒼苍 蓋盖 " +
		"薦荐 薩萨 藍蓝 蘋苹 虛虚 虧亏 蝦虾 蟲虫 褲裤 襲袭 訂订 記记 詐诈 詞词 誇夸 誕诞 誤误 誘诱 諒谅 謀谋 謂谓 謊谎 謎谜 謹谨 譜谱 讀读 豬猪 販贩 貨货 貪贪 貧贫 購购 貼贴 貴贵 貸贷 賞赏 賠赔 賬账 贈赠 贏赢 " +
		"趕赶 蹟迹 躍跃 軟软 輕轻 辭辞 辯辩 迴回 遊游 遺遗 鄰邻 醬酱 釐厘 鈣钙 鈴铃 鉛铅 銷销 鋪铺 錯错 鎖锁 鏈链 鑰钥 閃闪 閱阅 闊阔 陣阵 階阶 隱隐 隻只 雖虽 鞏巩 須须 頒颁 頗颇 顆颗 願愿 顫颤 飽饱 餅饼 餓饿 " +
		"餵喂 駕驾 駛驶 驅驱 驟骤 鬆松 鬍胡 鬧闹 鹼碱 麥麦 麵面 黏粘 龐庞 龜龟 壇坛 啞哑 唸念 屍尸 峯峰 羣群 牀床 豎竖 醜丑 鈔钞 鈕纽 銘铭 鋒锋 錶表 鍛锻 闢辟 內内 眾众 強强 喫吃 "
	for pair := range strings.FieldsSeq(pairs) {
		r := []rune(pair)
		m[r[0]] = r[1]
	}
	return m
}()

// compact removes the spaces of a folded text: Chinese, Japanese and Korean names are compared without them.
func compact(folded string) string { return strings.ReplaceAll(folded, " ", "") }

// isUnspaced reports whether a folded text is mainly in a script that is written without reliable spaces.
func isUnspaced(folded string) bool {
	var n, wide int
	for _, r := range folded {
		if r == ' ' {
			continue
		}
		n++
		if unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul) {
			wide++
		}
	}
	return n > 0 && wide*2 >= n
}
