using PerCall.Testing;
using Xunit;

[assembly: AssemblyFixture(typeof(AzuriteFixture))]
