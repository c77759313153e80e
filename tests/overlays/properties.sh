# shellcheck shell=bash
# Sourced after tree.sh, not run. What each overlay must have made of a tree, property by property.

# bridge BUS LANE...: a TC358743 on this I2C bus, with these data lanes, on CSI receiver 1.
bridge() {
    local bus=$1 bridge=$1/hdmi-bridge@f clock=/hdmi-bridge-oscillator receiver out in end
    shift
    receiver=$(at csi1)
    out=$bridge/port/endpoint in=$receiver/port/endpoint

    says "$bridge" compatible toshiba,tc358743
    has "$bridge" reg 15
    has "$bus" '#address-cells' 1
    has "$bus" '#size-cells' 0
    says /aliases i2c10 "$bus"

    # The driver takes 26, 27 and 42 MHz.
    says "$bridge" clock-names refclk
    leads "$bridge" clocks "$clock"
    says "$clock" compatible fixed-clock
    has "$clock" '#clock-cells' 0
    has "$clock" clock-frequency 27000000

    says "$receiver" compatible brcm,bcm2835-unicam
    alive "$receiver"
    has "$receiver" brcm,num-data-lanes $#
    says "$receiver" clock-names 'lp vpu'
    says "$receiver" reg-names 'unicam cmi'
    has "$receiver" reg "$((0x7e801000)) $((0x800)) $((0x7e802004)) 4"
    for end in clocks interrupts power-domains; do kept "$receiver" $end; done

    leads "$out" remote-endpoint "$in"
    leads "$in" remote-endpoint "$out"
    for end in "$out" "$in"; do
        has "$end" data-lanes "$*"
        has "$end" bus-type 4
        flag "$end" clock-noncontinuous
    done
    has "$out" clock-lanes 0
    # One frequency, in 64 bits: two cells.
    has "$out" link-frequencies '0 486000000'
}

# connector PINS: these pins are I2C controller 0's, and are those that this board calls the camera connector's.
connector() {
    local pins gpio
    pins=$(at "$1") gpio=$(at gpio)
    has "$pins" brcm,pins '44 45'
    has "$pins" brcm,function 5
    same "line 44" "$(line_name "$gpio" 44)" SDA0
    same "line 45" "$(line_name "$gpio" 45)" SCL0
}

# switched: bus i2c0_1 is the second position of the switch, which is the connector's pins.
switched() {
    local switch
    switch=$(at i2c0mux)
    says "$switch" compatible i2c-mux-pinctrl
    leads "$switch" i2c-parent "$(at i2c0)"
    has "$(at i2c0_1)" reg 1
    leads "$switch" pinctrl-1 "$(at i2c0_gpio44)"
    alive "$(at i2c0)"
    connector i2c0_gpio44
}

properties_hdmi-bridge-pi4() {
    bridge "$(at i2c0_1)" 1 2
    switched
}

properties_hdmi-bridge-cm4() {
    bridge "$(at i2c0_1)" 1 2 3 4
    switched
}

properties_hdmi-bridge-pi3() {
    local bus
    bus=$(at i2c0)
    bridge "$bus" 1 2
    alive "$bus"
    says "$bus" pinctrl-names default
    leads "$bus" pinctrl-0 "$(at i2c0_gpio44)"
    connector i2c0_gpio44
}

properties_hdmi-audio() {
    local i2s dma card=/hdmi-sound codec=/hdmi-audio
    i2s=$(at i2s) dma=$(at dma)
    says "$i2s" compatible brcm,bcm2835-i2s
    alive "$i2s"
    has "$i2s" '#sound-dai-cells' 0
    kept "$i2s" clocks
    driven "$dma"
    driven "$(at gpio)"
    has "$dma" '#dma-cells' 1
    local channel
    channel=$(cells "$dma" phandle)
    has "$i2s" dmas "$channel 2 $channel 3"
    says "$i2s" dma-names 'tx rx'
    says "$i2s" pinctrl-names default
    leads "$i2s" pinctrl-0 "$(at pcm_gpio18)"
    has "$(at pcm_gpio18)" brcm,pins '18 19 20 21'
    has "$(at pcm_gpio18)" brcm,function 4

    says "$codec" compatible linux,spdif-dir
    has "$codec" '#sound-dai-cells' 0
    says "$card" compatible simple-audio-card
    says "$card" simple-audio-card,name tc358743
    says "$card" simple-audio-card,format i2s
    leads "$card/simple-audio-card,cpu" sound-dai "$i2s"
    has "$card/simple-audio-card,cpu" dai-tdm-slot-num 2
    has "$card/simple-audio-card,cpu" dai-tdm-slot-width 32
    leads "$card/simple-audio-card,codec" sound-dai "$codec"
    leads "$card" simple-audio-card,bitclock-master "$card/simple-audio-card,codec"
    leads "$card" simple-audio-card,frame-master "$card/simple-audio-card,codec"
}

properties_usb-gadget() {
    local usb
    usb=$(at usb)
    says "$usb" compatible brcm,bcm2835-usb
    says "$usb" dr_mode peripheral
    has "$usb" g-rx-fifo-size 256
    has "$usb" g-np-tx-fifo-size 32
    has "$usb" g-tx-fifo-size '256 256 512 512 512 768 768'
    built_with CONFIG_USB_DWC2_DUAL_ROLE
    built_with CONFIG_USB_CONFIGFS_F_HID
    kept "$usb" interrupts
    kept "$usb" phys
}

# replaces OVERLAY: the lines of a base tree that it puts others in place of, as a regular expression. No other line of the base may be lost.
replaces() {
    case $1 in
    hdmi-bridge-pi3) echo '(status = "disabled"|brcm,num-data-lanes = <0x04>|pinctrl-0 = <0x[0-9a-f]+>);' ;;
    hdmi-bridge-*) echo '(status = "disabled"|brcm,num-data-lanes = <0x04>);' ;;
    hdmi-audio) echo 'status = "disabled";' ;;
    usb-gadget) echo 'dr_mode = "(host|otg)";' ;;
    esac
}
