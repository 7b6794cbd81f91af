using UdpTun.Host.Secure;
using UdpTun.Transport.Secure.Keys;

namespace UdpTun.Host.Tests.Secure;

public sealed class UsedQuotasTests : IDisposable
{
    private readonly SecretDirectory _directory = new();
    private readonly List<string> _warnings = [];
    private readonly PublicKey _one = SecretKey.GeneratePrivate().ToPublic(), _other = SecretKey.GeneratePrivate().ToPublic();

    private string Saved => Path.Combine(_directory.Peers, ".used-quotas");

    private UsedQuotas Quotas => new(_directory.Peers, _warnings.Add);

    public UsedQuotasTests() => Directory.CreateDirectory(_directory.Peers);

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void What_is_saved_should_be_read_and_be_the_owners_alone()
    {
        Assert.Empty(Quotas.Read());
        var used = new Dictionary<PublicKey, long> { [_one] = 5_000_000_000_000, [_other] = 1 };
        Quotas.Save(used);
        Assert.Equal(used, Quotas.Read());
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Saved));
        Assert.Empty(_warnings);
    }

    [Fact]
    public void Nobody_should_leave_no_file()
    {
        Quotas.Save(new Dictionary<PublicKey, long>());
        Assert.False(File.Exists(Saved));
    }

    [Fact]
    public void Damaged_line_should_cost_itself_alone_and_be_told()
    {
        File.WriteAllText(Saved, $"{_one} 7\n{_other} -1\n");
        Assert.Equal([(_one, 7L)], Quotas.Read().Select(peer => (peer.Key, peer.Value)));
        Assert.Equal($"{Saved} has a line that names no peer and its bytes: '{_other} -1'", Assert.Single(_warnings));
    }

    [Fact]
    public void Failure_should_be_told_once_until_it_works_again()
    {
        var quotas = Quotas;
        Directory.Delete(_directory.Peers, recursive: true);
        quotas.Save(new Dictionary<PublicKey, long> { [_one] = 1 });
        quotas.Save(new Dictionary<PublicKey, long> { [_one] = 2 });
        Assert.StartsWith("what peers have used of their quotas is not saved: ", Assert.Single(_warnings));
        Directory.CreateDirectory(_directory.Peers);
        quotas.Save(new Dictionary<PublicKey, long> { [_one] = 3 });
        Directory.Delete(_directory.Peers, recursive: true);
        quotas.Save(new Dictionary<PublicKey, long> { [_one] = 4 });
        Assert.Equal(2, _warnings.Count);
    }
}
