import { expect, test } from '@jest/globals';
import { Controller, Get, type Type } from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { Query, Resolver } from '@nestjs/graphql';
import { Test } from '@nestjs/testing';
import { Access, AccessGuard } from '../../src/session/access.js';

@Resolver()
class Told {
  @Query('council')
  @Access('PUBLIC')
  council() {
    return {};
  }
}

@Resolver()
class Untold {
  @Query('me')
  me() {
    return {};
  }
}

@Controller('untold')
class UntoldRoute {
  @Get()
  all() {
    return {};
  }
}

const boot = async (providers: Type[], controllers: Type[] = []) => {
  const module = await Test.createTestingModule({
    imports: [DiscoveryModule],
    controllers,
    providers: [AccessGuard, ...providers],
  }).compile();
  return module.init();
};

test('an operation or a route that does not say who may call it stops the boot', async () => {
  await expect(boot([Told])).resolves.toBeDefined();
  await expect(boot([Told, Untold])).rejects.toThrow('who may call them (@Access): Untold.me');
  await expect(boot([Told], [UntoldRoute])).rejects.toThrow('UntoldRoute.all');
});
