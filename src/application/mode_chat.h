/* SPDX-License-Identifier: ISC */
/* mode_chat.h - the chat room's names, made before its first client comes */
#ifndef NOD_APPLICATION_MODE_CHAT_H
#define NOD_APPLICATION_MODE_CHAT_H

struct server;

/* 0 or -ENOMEM. */
int chat_init(struct server *s);
void chat_free(struct server *s);

#endif
