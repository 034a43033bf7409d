using PerCall.EndToEnd;
using Xunit;

[assembly: AssemblyFixture(typeof(Service))]
