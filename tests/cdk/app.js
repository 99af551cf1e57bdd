// An application of CDK that uses what its assemblies have to say: two accounts, a stack nested in another one, a stage with
// an assembly of its own, a stack for any account. Written so that the first release of aws-cdk-lib and the last one take it.

const cdk = require('aws-cdk-lib');
const iam = require('aws-cdk-lib/aws-iam');
const s3 = require('aws-cdk-lib/aws-s3');

const synthesizer = () => {
  switch (process.env.SYNTHESIZER) {
    case 'legacy':
      return new cdk.LegacyStackSynthesizer();
    case 'none':
      return new cdk.BootstraplessSynthesizer({});
    case 'named':
      return new cdk.DefaultStackSynthesizer({
        qualifier: 'acme',
        deployRoleArn: 'arn:${AWS::Partition}:iam::${AWS::AccountId}:role/acme-deploy',
      });
    default:
      return new cdk.DefaultStackSynthesizer();
  }
};

const app = new cdk.App({ outdir: process.env.OUT });
const inAccount = (account) => ({ env: { account, region: 'eu-central-1' }, synthesizer: synthesizer() });
const network = new cdk.Stack(app, 'Network', inAccount('111111111111'));
const data = new cdk.Stack(app, 'Data', inAccount('222222222222'));

// Trusted there, and allowed to assume it here.
const reader = new iam.Role(network, 'Reader', {
  roleName: 'reader',
  assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
});
const export_ = new iam.Role(data, 'Export', { roleName: 'export', assumedBy: new iam.ArnPrincipal(reader.roleArn) });
export_.grant(reader, 'sts:AssumeRole');

// Trusted there, and not allowed here.
const writer = new iam.Role(network, 'Writer', {
  roleName: 'writer',
  assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
});
new iam.Role(data, 'Import', { roleName: 'import', assumedBy: new iam.ArnPrincipal(writer.roleArn) });

// Allowed in a nested stack of one account, and not trusted in the other one.
class Permissions extends cdk.NestedStack {
  constructor(scope, id) {
    super(scope, id);
    new iam.ManagedPolicy(this, 'Policy', {
      roles: [iam.Role.fromRoleArn(this, 'Role', 'arn:aws:iam::111111111111:role/reader')],
      statements: [
        new iam.PolicyStatement({ actions: ['sts:AssumeRole'], resources: ['arn:aws:iam::222222222222:role/import'] }),
      ],
    });
  }
}
// Without a bootstrapped account there is no place for its template.
if (process.env.SYNTHESIZER !== 'none') {
  new Permissions(network, 'Permissions');
}

// In an assembly of its own.
class Backup extends cdk.Stage {
  constructor(scope, id, props) {
    super(scope, id, props);
    const stack = new cdk.Stack(this, 'Store', { synthesizer: synthesizer() });
    const bucket = new s3.Bucket(stack, 'Bucket', { bucketName: 'acme-backup' });
    bucket.addToResourcePolicy(
      new iam.PolicyStatement({
        principals: [new iam.AnyPrincipal()],
        actions: ['s3:GetObject'],
        resources: [bucket.arnForObjects('*')],
      }),
    );
  }
}
new Backup(app, 'Backup', { env: { account: '333333333333', region: 'eu-central-1' } });

// For whatever account it is deployed to.
const anywhere = new cdk.Stack(app, 'Anywhere', { synthesizer: synthesizer() });
new iam.Role(anywhere, 'Open', { roleName: 'open', assumedBy: new iam.AnyPrincipal() });

app.synth();
